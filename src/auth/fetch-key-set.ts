import type { FetchImplementation } from 'jose';

/** Bytes. Issuers publish a few keys, of one or two KiB each with their certificates. */
const MAX_BYTES = 262_144;

/**
 * Fetches a set of keys by `fetchKeys`, and refuses what cannot be the keys of an issuer in working order:
 * one too large to be kept, or one without a key to check signatures with.
 * @throws Error from the returned function
 */
export function fetchKeySet(fetchKeys: FetchImplementation): FetchImplementation {
  return async (url, options) => {
    const response = await fetchKeys(url, options);
    if (response.status !== 200) {
      // Left unread, it would hold its connection.
      await response.body?.cancel();
      return response;
    }
    const text = await readText(response);
    if (isEmptySet(text)) throw new Error('The set of keys has no key for signatures.');
    return new Response(text);
  };
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop by an error closes the connection.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`The set of keys has more than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What is no set at all is told by who reads it. */
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
