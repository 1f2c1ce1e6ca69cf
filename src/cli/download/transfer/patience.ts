import type { Clock } from '../request.js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Ranges that broke together do not come back together. */
const JITTER = 0.25;

export interface Patience {
  /** Something came, though nothing new. */
  readonly touched: () => void;
  /** New bytes came: the next failure is a first one. */
  readonly progressed: () => void;
  /**
   * Counts a failure.
   * @param atLeastMs pause that the other side asked for
   * @returns how long to wait before the next try; null when it is time to give up
   */
  readonly failed: (atLeastMs?: number | null) => { attempt: number; waitMs: number } | null;
}

/**
 * Tells when to try again: after 1 s, twice as long after each failure up to a minute, within `retries`
 * failures in a row and `timeoutMs` without a byte.
 */
export function createPatience(
  { retries, timeoutMs }: { readonly retries: number | null; readonly timeoutMs: number },
  { clock, random }: { readonly clock: Pick<Clock, 'now'>; readonly random: () => number },
): Patience {
  let failures = 0;
  let lastByteAt = clock.now();
  return {
    touched: () => {
      lastByteAt = clock.now();
    },
    progressed: () => {
      failures = 0;
      lastByteAt = clock.now();
    },
    failed: (atLeastMs) => {
      failures += 1;
      if (retries !== null && failures > retries) return null;
      const left = lastByteAt + timeoutMs - clock.now();
      if (left <= 0) return null;
      const step = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 16));
      const jittered = step * (1 - JITTER + 2 * JITTER * random());
      const waitMs = Math.round(Math.min(left, Math.max(jittered, atLeastMs ?? 0)));
      return { attempt: failures, waitMs };
    },
  };
}
