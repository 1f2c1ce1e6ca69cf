import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ApiOperationName } from '../../src/upstream/operation.js';

/** A call received by the scripted upstream. */
export interface ScriptedCall {
  readonly operation: ApiOperationName | 'unknown';
  /** The path form of describeBackupDownloadURL. */
  readonly form: 'resource' | 'action' | undefined;
  readonly method: string;
  /** The raw request target. */
  readonly url: string;
  /** Decoded. */
  readonly regionId: string;
  /** Decoded; undefined if the path has none. */
  readonly backupId: string | undefined;
  /** Decoded, from the path or the query. */
  readonly instanceId: string | undefined;
  /** Decoded. */
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** Epoch milliseconds. */
  readonly at: number;
  /** 0 for the first call of this operation. */
  readonly index: number;
  /** 0 for the first call on its connection. */
  readonly indexOnSocket: number;
}

const ACTION = ':describeBackupDownloadURL';

export type Route = Pick<
  ScriptedCall,
  'operation' | 'form' | 'regionId' | 'backupId' | 'instanceId' | 'query'
>;

/** Reads the operation and its parameters from the request target. */
export function routeOf(request: IncomingMessage): Route {
  const [path = '', search = ''] = (request.url ?? '').split('?', 2);
  const query = decodeQuery(search);
  const [version, regions, regionId = '', kind, id, ...rest] = path
    .slice(1)
    .split('/')
    .map(decodeURIComponent);
  const none = { form: undefined, backupId: undefined, instanceId: undefined, regionId, query };
  if (version === 'v1' && regions === 'regions' && regionId === '') {
    return { ...none, operation: 'describeRegions' };
  }
  const at = version === 'v1' && regions === 'regions' ? `${kind ?? ''}/${rest.join('/')}` : '';
  if (at === 'backups/downloadURLs') {
    return { ...none, operation: 'describeBackupDownloadURL', form: 'resource', backupId: id };
  }
  if (at === 'backups/' && id?.endsWith(ACTION)) {
    const backupId = id.slice(0, -ACTION.length);
    return { ...none, operation: 'describeBackupDownloadURL', form: 'action', backupId };
  }
  if (at === 'backups/' && id === undefined) {
    return { ...none, operation: 'describeBackups', instanceId: query['instanceId'] };
  }
  if (at === 'instances/' && id === undefined) return { ...none, operation: 'describeInstances' };
  if (at === 'instances/') {
    return { ...none, operation: 'describeInstanceAttributes', instanceId: id };
  }
  return { ...none, operation: 'unknown' };
}

function decodeQuery(search: string): Record<string, string> {
  const pairs = search.split('&').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split('=', 2).map(decodeURIComponent);
      return [name, value];
    }),
  );
}
