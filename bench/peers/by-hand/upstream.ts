import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { type QueryParameter, signRequest } from '../../../build/upstream/sign.js';

const credentials = { accessKeyId: 'JDC_BENCH', secretAccessKey: { reveal: () => 'SECRET' } };

/** One call of the upstream API: its `result`. */
export type Call = <Result>(
  regionId: string,
  path: readonly string[],
  query: readonly QueryParameter[],
) => Promise<Result>;

/** Signed calls over a pool of connections that stay open, as many as there are calls at a time. */
export function createCall(origin: string): Call {
  const { host } = new URL(origin);
  const pool = new Pool(origin);
  return async <Result>(
    regionId: string,
    path: readonly string[],
    query: readonly QueryParameter[],
  ) => {
    const facts = { host, credentials, time: Date.now(), nonce: randomUUID() };
    const { target, headers } = signRequest({ regionId, path, query }, facts);
    const response = await pool.request({ path: target, method: 'GET', headers });
    if (response.statusCode !== 200) throw new Error(`upstream: ${response.statusCode}`);
    const { result } = (await response.body.json()) as { result: Result };
    return result;
  };
}
