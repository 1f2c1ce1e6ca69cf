import { LRUCache } from 'lru-cache';
import { MINUTE_MS } from './call-window.js';

/** Callers that exhausted their share of the budget in the last minute. */
export interface LimitedCallers {
  add(callerId: string): void;
  count(): number;
}

/** Further callers are not counted. */
const MAX_CALLERS = 10_000;

/** @param now a monotonic clock, in milliseconds */
export function createLimitedCallers(now?: () => number): LimitedCallers {
  const callers = new LRUCache<string, true>({
    max: MAX_CALLERS,
    ttl: MINUTE_MS,
    ...(now && { perf: { now }, ttlResolution: 0 }),
  });
  return {
    add: (callerId) => void callers.set(callerId, true),
    count: () => {
      callers.purgeStale();
      return callers.size;
    },
  };
}
