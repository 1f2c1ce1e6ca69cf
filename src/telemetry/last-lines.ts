import type { LineWriter } from './line-writer.js';
import { toDroppedLine } from './logger.js';

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
