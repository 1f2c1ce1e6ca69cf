const PIECE = 1024 * 1024;

/** Reads from a file, as `FileHandle.read` does. */
export type ReadAt = (
  into: Buffer,
  offset: number,
  length: number,
  position: number,
) => Promise<{ readonly bytesRead: number }>;

/**
 * Reads a file in order, the next piece while the one before is used.
 * @param from the first byte
 * @param until the byte after the last; asked for before each read, it may move
 * @param use gets a piece, which is valid during the call only, and the place of its end
 * @throws an error of the file system
 */
export async function readPieces(
  read: ReadAt,
  from: number,
  { until, use }: { readonly until: () => number; use: (piece: Buffer, end: number) => void },
): Promise<void> {
  let filled = Buffer.allocUnsafe(PIECE);
  let other = Buffer.allocUnsafe(PIECE);
  const readAt = (into: Buffer, at: number): ReturnType<ReadAt> =>
    read(into, 0, Math.max(0, Math.min(PIECE, until() - at)), at);
  let end = from;
  let { bytesRead } = await readAt(filled, end);
  while (bytesRead > 0) {
    end += bytesRead;
    const reading = readAt(other, end);
    use(filled.subarray(0, bytesRead), end);
    [filled, other] = [other, filled];
    ({ bytesRead } = await reading);
  }
}
