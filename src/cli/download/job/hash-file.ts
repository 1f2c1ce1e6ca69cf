import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const PIECE = 1024 * 1024;

/**
 * SHA-256 of a file, in hex. Reads the next piece while the one before is hashed.
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
    let filled = Buffer.allocUnsafe(PIECE);
    let other = Buffer.allocUnsafe(PIECE);
    let position = 0;
    let { bytesRead } = await handle.read(filled, 0, PIECE, position);
    while (bytesRead > 0) {
      signal.throwIfAborted();
      position += bytesRead;
      const reading = handle.read(other, 0, PIECE, position);
      hash.update(filled.subarray(0, bytesRead));
      onBytes(position);
      [filled, other] = [other, filled];
      ({ bytesRead } = await reading);
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}
