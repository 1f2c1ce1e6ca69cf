const BASE_MS = 100;
const CAP_MS = 2000;

/** Milliseconds before retry number `retry` (0-based), with full jitter to spread callers out. */
export function backoff(retry: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** retry);
}

/**
 * Milliseconds before retrying a call throttled without a `Retry-After`: a fraction of the
 * remaining time, half of it jitter, so that retries spread over that time and the calls of a page
 * do not return together. Fractions double; the first is at most a quarter, since throttling is
 * often short.
 * @param retry its number, 0-based
 * @param retriesAfter how many can follow it
 * @param remaining milliseconds left for the call
 */
export function throttledBackoff(
  { retry, retriesAfter, remaining }: ThrottledRetry,
  random: () => number,
): number {
  const part = remaining / 2 ** (retriesAfter + 1);
  const most = retry === 0 ? Math.min(part, remaining / 4) : part;
  return (most * (1 + random())) / 2;
}

export interface ThrottledRetry {
  readonly retry: number;
  readonly retriesAfter: number;
  readonly remaining: number;
}
