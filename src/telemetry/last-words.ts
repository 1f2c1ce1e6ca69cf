import { toDroppedLine } from './logger.js';
import type { Output } from './output.js';

/** How long the exit waits for a reader, in milliseconds: one that takes nothing, and any. */
export interface Patience {
  readonly idleMs: number;
  readonly maxMs: number;
}

/** After a fault: its line and those before it explain it. */
export const PATIENT: Patience = { idleMs: 1000, maxMs: 5000 };
/** When the time to stop is over. */
export const HASTY: Patience = { idleMs: 200, maxMs: 200 };

/**
 * Writes the pending log lines, blocking, and says on standard error how many of them were not
 * accepted. Only the first call does.
 */
export type LastWords = (patience: Patience) => void;

export function createLastWords(output: Output, standardError: Output): LastWords {
  let isSaid = false;
  return ({ idleMs, maxMs }) => {
    if (isSaid) return;
    isSaid = true;
    output.flushSync(idleMs, maxMs);
    const lines = output.unaccounted();
    if (lines > 0) standardError.log(toDroppedLine(lines, NOT_ACCEPTED));
    standardError.flushSync(HASTY.idleMs);
  };
}

const NOT_ACCEPTED = { error: { message: 'standard output did not accept them before the exit' } };
