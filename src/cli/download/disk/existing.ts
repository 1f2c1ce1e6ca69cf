import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { parseContentRange, toCount } from '../../../domain/byte-range.js';
import type { IssuedLink } from '../request.js';
import type { HttpGet } from '../transfer/http-get.js';
import { readPieces } from './read-pieces.js';

export interface ExistingOptions {
  readonly link: IssuedLink;
  readonly http: HttpGet;
  readonly signal: AbortSignal;
  readonly onChecked: (bytes: number, sizeBytes: number) => void;
}

/** The file of that name: none, the same as that of the link, or another. */
export type Existing =
  | { readonly kind: 'none' | 'other' }
  | { readonly kind: 'same'; readonly sizeBytes: number; readonly sha256: string | null };

/**
 * Compares what has the name already with the file of the link: by size and SHA-256 where the service knows it, else
 * by size and modification time, which a complete file has from the store.
 */
export async function lookAtExisting(path: string, options: ExistingOptions): Promise<Existing> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return { kind: 'none' };
  const { sizeBytes, sha256 } = options.link;
  if (!stats.isFile() || (sizeBytes !== null && sizeBytes !== stats.size)) return { kind: 'other' };
  if (sha256 === null) {
    const stored = await askStore(options);
    const isSame = stored.size === stats.size && stored.second === Math.floor(stats.mtimeMs / 1000);
    return isSame ? { kind: 'same', sizeBytes: stats.size, sha256: null } : { kind: 'other' };
  }
  const found = await hashFile(path, stats.size, options);
  return found === sha256.toLowerCase()
    ? { kind: 'same', sizeBytes: stats.size, sha256: found }
    : { kind: 'other' };
}

/** SHA-256 of a file, in hex. @throws the reason of the signal, or an error of the file system */
async function hashFile(
  path: string,
  size: number,
  { signal, onChecked }: ExistingOptions,
): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    await readPieces(handle.read.bind(handle), 0, {
      until: () => (signal.aborted ? 0 : Infinity),
      use: (piece, end) => {
        hash.update(piece);
        onChecked(end, size);
      },
    });
    signal.throwIfAborted();
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

/** Asks for one byte, which a link for GET allows where it refuses HEAD. Nulls and NaN where that fails. */
async function askStore({ link, http, signal }: ExistingOptions): Promise<{
  readonly size: number | null;
  readonly second: number | null;
}> {
  try {
    const headers = { 'accept-encoding': 'identity', range: 'bytes=0-0' };
    const { status, headers: told, body } = await http(link.url, headers, signal);
    body.destroy();
    const total = parseContentRange(told['content-range'])?.size;
    const size = status === 206 ? total : status === 200 ? toCount(told['content-length']) : null;
    return { size: size ?? null, second: Date.parse(told['last-modified'] ?? '') / 1000 };
  } catch {
    signal.throwIfAborted();
    return { size: null, second: null };
  }
}
