import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { readPieces } from '../disk/read-pieces.js';

/**
 * SHA-256 of a file, in hex.
 * @param onBytes called with the bytes read so far
 * @throws the reason of the signal, or an error of the file system
 */
export async function hashFile(
  path: string,
  { onBytes, signal }: { readonly onBytes: (bytes: number) => void; readonly signal: AbortSignal },
): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    await readPieces(handle.read.bind(handle), 0, {
      until: () => (signal.aborted ? 0 : Infinity),
      use: (piece, end) => {
        hash.update(piece);
        onBytes(end);
      },
    });
    signal.throwIfAborted();
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}
