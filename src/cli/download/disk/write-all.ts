import { writev } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasCode } from '../../../domain/error-code.js';

const writeSome = promisify(writev);
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
  let written = 0;
  while (left.length > 0) {
    try {
      const at = position === null ? undefined : position + written;
      const { bytesWritten } = await writeSome(fd, left, at);
      written += bytesWritten;
      left = after(left, bytesWritten);
    } catch (error) {
      // Another program may have set a pipe that it shares with this one not to wait.
      if (!hasCode(error, 'EAGAIN')) throw error;
      await sleep(FULL_PIPE_MS);
    }
  }
}

/** The chunks without their first `count` bytes, and without empty ones. */
function after(chunks: readonly Buffer[], count: number): readonly Buffer[] {
  let rest = count;
  const index = chunks.findIndex(({ length }) => length > rest || ((rest -= length), false));
  const [first, ...others] = index === -1 ? [] : chunks.slice(index);
  return first === undefined ? [] : [first.subarray(rest), ...others];
}
