import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { UpstreamError } from '../../domain/errors.js';
import type { Deadline } from './deadline.js';
import type { Wait } from './wait.js';

/** How many calls the account may make; the upstream counts each attempt. */
export interface Budget {
  /** Takes one call. 0 when there was one, else the milliseconds until there may be. */
  take(): Promise<number>;
}

/** A budget of this process alone. */
export function createMemoryBudget(maxPerMinute: number): Budget {
  const limiter = new RateLimiterMemory({ points: maxPerMinute, duration: 60 });
  return {
    take: async () => {
      try {
        await limiter.consume('upstream');
        return 0;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
        throw refusal;
      }
    },
  };
}

/**
 * Takes one call, waiting for the next window where the deadline allows it.
 * @throws UpstreamError UPSTREAM_THROTTLED with `retryAfter` where it does not
 */
export async function takeCall(budget: Budget, deadline: Deadline, wait: Wait): Promise<void> {
  for (;;) {
    const pause = await budget.take();
    if (pause === 0) return;
    if (pause >= deadline.remaining()) throw throttled(Math.ceil(pause / 1000));
    await wait(pause, deadline.signal);
  }
}

function throttled(retryAfter: number): UpstreamError {
  return new UpstreamError(
    'UPSTREAM_THROTTLED',
    'The budget of upstream calls is used up: ask again later.',
    { details: { retryAfter } },
  );
}
