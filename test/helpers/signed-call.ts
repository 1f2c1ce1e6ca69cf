import { randomUUID } from 'node:crypto';
import {
  authorization,
  encodePath,
  encodeQuery,
  type QueryParameter,
} from '../../src/upstream/sign.js';
import { ACCESS_KEY_ID, SECRET_ACCESS_KEY } from './embedded.js';

export interface CallOptions {
  readonly query?: Readonly<Record<string, string>> | readonly QueryParameter[];
  readonly accessKeyId?: string;
  readonly secretKey?: string;
  readonly nonce?: string;
  readonly date?: Date;
  readonly method?: string;
  /** Region of the credential scope; by default the one of the path. */
  readonly scopeRegion?: string;
  /** Sent instead of the canonical path and query. */
  readonly wirePath?: string;
  readonly wireQuery?: string;
  /** Headers sent instead of or in addition to the signed ones; undefined removes one. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** The parsed response. */
export interface CallAnswer<Result> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly requestId: string;
    readonly result: Result;
    /** Present in errors only; tests check the status first. */
    readonly error: { readonly code: number; readonly status: string; readonly message: string };
  };
}

/** Sends a request to an upstream at `origin`, signed by the product's signer. */
export async function signedCall<Result = unknown>(
  origin: string,
  path: readonly string[],
  options: CallOptions = {},
): Promise<CallAnswer<Result>> {
  const { method = 'GET', date = new Date(), nonce = randomUUID() } = options;
  const query: readonly QueryParameter[] = Array.isArray(options.query)
    ? (options.query as readonly QueryParameter[])
    : Object.entries(options.query ?? {});
  const headers = {
    host: new URL(origin).host,
    'x-jdcloud-date': date.toISOString().replace(/[-:]|\.\d{3}/g, ''),
    'x-jdcloud-nonce': nonce,
  };
  const target = { path: encodePath(path), query: encodeQuery(query) };
  const signature = authorization(
    { method, ...target, headers },
    { regionId: options.scopeRegion ?? path[2] ?? '', service: 'rds' },
    {
      accessKeyId: options.accessKeyId ?? ACCESS_KEY_ID,
      secretAccessKey: options.secretKey ?? SECRET_ACCESS_KEY,
    },
  );
  // The client sets the Host header itself.
  const sent = { ...headers, host: undefined, authorization: signature, ...options.headers };
  const wireQuery = options.wireQuery ?? target.query;
  const response = await fetch(
    `${origin}${options.wirePath ?? target.path}${wireQuery === '' ? '' : `?${wireQuery}`}`,
    {
      method,
      headers: Object.entries(sent).filter(
        (header): header is [string, string] => header[1] !== undefined,
      ),
    },
  );
  const body = (await response.json()) as CallAnswer<Result>['body'];
  return { status: response.status, headers: response.headers, body };
}

export interface Links {
  readonly publicURL: string;
  readonly internalURL: string;
}

/** The links of a backup, or of one file of it, by describeBackupDownloadURL. */
export function linksOf(
  origin: string,
  { regionId, backupId }: { readonly regionId: string; readonly backupId: string },
  query: Readonly<Record<string, string>> = {},
  options: CallOptions = {},
): Promise<CallAnswer<Links>> {
  return signedCall(origin, ['v1', 'regions', regionId, 'backups', backupId, 'downloadURLs'], {
    ...options,
    query,
  });
}

/** The backups of an instance, by describeBackups; up to 100 of them. */
export function backupsOf(
  origin: string,
  { regionId, instanceId }: { readonly regionId: string; readonly instanceId: string },
  query: Readonly<Record<string, string>> = {},
  options: CallOptions = {},
): Promise<CallAnswer<any>> {
  return signedCall(origin, ['v1', 'regions', regionId, 'backups'], {
    ...options,
    query: { instanceId, pageNumber: '1', pageSize: '100', ...query },
  });
}
