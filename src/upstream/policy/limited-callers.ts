import { LRUCache } from 'lru-cache';
import { MINUTE_MS } from './call-window.js';

/** The callers that met the end of their share of the budget in the last minute. */
export interface LimitedCallers {
  add(callerId: string): void;
  count(): number;
}

/** More are not told apart. */
const MAX_CALLERS = 10_000;

/** @param now a clock that never goes back, in milliseconds */
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
