const BASE_MS = 100;
const CAP_MS = 2000;

/** Milliseconds before retry number `retry` (from 0): full jitter, so that callers spread out. */
export function backoff(retry: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** retry);
}
