import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { toDroppedLine } from './logger.js';
import { createOutput, type Output } from './output.js';

/** Standard output, as a stream of lines that never waits for its reader. */
export function openStandardOutput(): Output {
  const fd = withoutWaiting(1);
  return createOutput({
    write: (bytes, offset) => writeSync(fd, bytes, offset),
    toDroppedLine,
  });
}

/** Writes to standard error what can be written without waiting for its reader. */
export function writeToStandardError(text: string): void {
  try {
    writeSync(withoutWaiting(2), text);
  } catch {
    // There is nobody left to tell.
  }
}

/**
 * A descriptor of the same pipe, socket or terminal whose writes never wait. Files and devices stay as
 * they are: nobody has to read them.
 */
function withoutWaiting(fd: 1 | 2): number {
  const stat = fstatSync(fd);
  const isTerminal = isatty(fd);
  if (!stat.isFIFO() && !stat.isSocket() && !isTerminal) return fd;
  try {
    // Opened once more it has flags of its own: others that share the pipe are not affected, nor do
    // they turn the flag off again.
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    // A socket, a pipe of another user, another system than Linux: by making a stream of it, Node turns
    // waiting off for the descriptor itself. Of a terminal it does not.
    const stream = fd === 1 ? process.stdout : process.stderr;
    stream.on('error', () => undefined);
    return fd;
  }
}
