import type { FetchImplementation } from 'jose';

/** Bytes. Issuers publish a few keys of 1 to 2 KiB each, including certificates. */
const MAX_BYTES = 262_144;

/**
 * Fetches a JWK Set with `fetchKeys` and rejects one that is too large or has no signing key.
 * @throws Error from the returned function
 */
export function fetchKeySet(fetchKeys: FetchImplementation): FetchImplementation {
  return async (url, options) => {
    const response = await fetchKeys(url, options);
    if (response.status !== 200) {
      // An unread body would keep the connection busy.
      await response.body?.cancel();
      return response;
    }
    const text = await readText(response);
    if (isEmptySet(text)) throw new Error('The JWK Set contains no signing key.');
    return new Response(text);
  };
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Throwing inside the loop closes the connection.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`The JWK Set is larger than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** False for a malformed set, which jose reports. */
function isEmptySet(text: string): boolean {
  const { keys } = parse(text) as { readonly keys?: unknown };
  return Array.isArray(keys) && !keys.some(mayBeForSignatures);
}

function parse(text: string): object {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : {};
  } catch {
    return {};
  }
}

function mayBeForSignatures(key: unknown): boolean {
  const { use } = (key ?? {}) as { readonly use?: unknown };
  return use === undefined || use === 'sig';
}
