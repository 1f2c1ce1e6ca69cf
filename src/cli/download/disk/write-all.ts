import { writev } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Pause before the next try at a pipe that takes nothing without waiting. */
const FULL_PIPE_MS = 10;

/**
 * Writes all bytes of `chunks`, in order: a disk that fills up and a pipe take a part only. Copies nothing.
 * @param position in the file; null for what has no places, as a pipe
 * @throws the error of the system
 */
export async function writeAll(
  fd: number,
  chunks: readonly Buffer[],
  position: number | null,
): Promise<void> {
  let left = chunks;
  let at = position;
  while (left.length > 0) {
    const count = await writeSome(fd, left, at);
    left = after(left, count);
    if (at !== null) at += count;
  }
}

async function writeSome(
  fd: number,
  chunks: readonly Buffer[],
  at: number | null,
): Promise<number> {
  try {
    return await new Promise<number>((resolve, reject) => {
      writev(fd, chunks, at, (error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });
  } catch (error) {
    // Another program may have set a pipe that it shares with this one not to wait.
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    await sleep(FULL_PIPE_MS);
    return 0;
  }
}

/** The chunks without their first `count` bytes, and without empty ones. */
function after(chunks: readonly Buffer[], count: number): readonly Buffer[] {
  let rest = count;
  let index = 0;
  for (; index < chunks.length; index += 1) {
    const length = chunks[index]?.length ?? 0;
    if (length > rest) break;
    rest -= length;
  }
  const [first, ...others] = chunks.slice(index);
  return first === undefined ? [] : [first.subarray(rest), ...others];
}
