const BASE_MS = 100;
const CAP_MS = 2000;

/** Milliseconds before retry number `retry` (from 0): full jitter, so that callers spread out. */
export function backoff(retry: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** retry);
}

/**
 * Milliseconds before a retry of a call that the upstream throttles without saying for how long: a part of
 * the time the call has, so that its retries are spread over that, and half of it jitter, so that the
 * calls of a page do not come back together. The parts double; the first is a quarter at most, since
 * throttling is often short.
 * @param retry its number, from 0
 * @param retriesAfter how many may follow it
 * @param remaining milliseconds the call has left
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
