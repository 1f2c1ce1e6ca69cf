import { encodePath, encodeQuery, sign } from '../../src/upstream/sign.js';
import type { ScriptedCall } from './scripted-call.js';

/** Whether a received call has the correct signature for its headers, path and query. */
export function isSignedBy(secretKey: string, call: ScriptedCall): boolean {
  const authorization = call.headers.authorization ?? '';
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
  const headers = Object.fromEntries(names.map((name) => [name, String(call.headers[name])]));
  const [path = ''] = call.url.split('?');
  const request = {
    method: call.method,
    path: encodePath(path.slice(1).split('/').map(decodeURIComponent)),
    query: encodeQuery(Object.entries(call.query)),
    headers,
  };
  const { signature } = sign(request, { regionId: call.regionId, service: 'rds' }, secretKey);
  return authorization.endsWith(`Signature=${signature}`);
}
