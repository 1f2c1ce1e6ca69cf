import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { createLineWriter, type LineWriter } from './line-writer.js';
import { toDroppedLine } from './logger.js';

/**
 * Standard output (1) or standard error (2) as a line writer that never blocks on its reader.
 * @param onDropping called when lines begin to be dropped
 */
export function openStandardStream(of: 1 | 2, onDropping?: (reason: object) => void): LineWriter {
  const fd = nonBlocking(of);
  return createLineWriter({
    target: { write: (bytes, offset) => writeSync(fd, bytes, offset) },
    toDroppedLine,
    onDropping,
  });
}

/**
 * A non-blocking descriptor of the same pipe, socket or terminal. Files and devices are unchanged:
 * they have no reader.
 */
function nonBlocking(fd: 1 | 2): number {
  const stat = fstatSync(fd);
  if (!stat.isFIFO() && !stat.isSocket() && !isatty(fd)) return fd;
  try {
    // A reopened descriptor has its own flags: processes that share the pipe are unaffected and
    // cannot reset them.
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    // For sockets, pipes of other users and systems other than Linux, creating a Node stream sets
    // the descriptor itself non-blocking; for terminals it does not.
    const stream = fd === 1 ? process.stdout : process.stderr;
    stream.on('error', () => undefined);
    return fd;
  }
}
