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

/** How long the exit waits for a reader, in milliseconds: one that takes nothing, and any. */
export interface FlushLimits {
  readonly idleMs: number;
  readonly maxMs: number;
}

/** After a fault: its line and those before it explain it. */
export const AFTER_FAULT: FlushLimits = { idleMs: 1000, maxMs: 5000 };
/** When the time to stop is over. */
export const OUT_OF_TIME: FlushLimits = { idleMs: 200, maxMs: 200 };

/**
 * Writes the pending log lines, blocking, and reports on standard error how many of them were not
 * accepted. Only the first call does.
 */
export type FlushLastLines = (limits: FlushLimits) => void;

export function createFlushLastLines(
  output: LineWriter,
  standardError: LineWriter,
): FlushLastLines {
  let isFlushed = false;
  return ({ idleMs, maxMs }) => {
    if (isFlushed) return;
    isFlushed = true;
    output.flushSync(idleMs, maxMs);
    const lines = output.unaccounted();
    if (lines > 0) standardError.log(toDroppedLine(lines, NOT_ACCEPTED));
    standardError.flushSync(OUT_OF_TIME.idleMs);
  };
}

const NOT_ACCEPTED = { error: { message: 'standard output did not accept them before the exit' } };
