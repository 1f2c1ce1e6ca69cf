import { randomUUID } from 'node:crypto';
import { type QueryParameter, signRequest } from '../../../build/upstream/sign/sign-request.js';

const origin = process.env['UPSTREAM'] ?? '';
const credentials = { accessKeyId: 'JDC_BENCH', secretAccessKey: { reveal: () => 'SECRET' } };

/** One signed call over the global fetch. */
export async function call<Result>(
  regionId: string,
  path: readonly string[],
  query: readonly QueryParameter[],
): Promise<Result> {
  const { host } = new URL(origin);
  const facts = { host, credentials, time: Date.now(), nonce: randomUUID() };
  const { target, headers } = signRequest({ regionId, path, query }, facts);
  const response = await fetch(origin + target, { headers });
  if (!response.ok) throw new Error(`upstream: ${response.status}`);
  const { result } = (await response.json()) as { result: Result };
  return result;
}
