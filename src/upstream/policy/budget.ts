import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
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
  return budgetOf(new RateLimiterMemory({ points: maxPerMinute, duration: SECONDS }), 'upstream');
}

export interface SharedBudgetOptions {
  /** A client of Redis, with time limits of its own. */
  readonly redis: object;
  /** Names the account whose calls are counted together. */
  readonly account: string;
  readonly maxPerMinute: number;
}

/** One budget for all processes on a Redis; for as long as that is away, one of this process alone. */
export function createSharedBudget({ redis, account, maxPerMinute }: SharedBudgetOptions): Budget {
  const limits = { points: maxPerMinute, duration: SECONDS };
  const limiter = new RateLimiterRedis({
    ...limits,
    storeClient: redis,
    keyPrefix: 'backup-links:budget',
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory(limits),
    // A window that is used up stays so: the calls that wait for the next one need not ask.
    inMemoryBlockOnConsumed: maxPerMinute + 1,
  });
  return budgetOf(limiter, account);
}

/**
 * Waits until there may be a call again, where the deadline allows it.
 * @throws UpstreamError UPSTREAM_THROTTLED with `retryAfter` where it does not
 */
export async function waitForBudget(pause: number, deadline: Deadline, wait: Wait): Promise<void> {
  if (pause >= deadline.remaining()) throw throttled(Math.ceil(pause / 1000));
  await wait(pause, deadline.signal);
}

/** Length of a window. */
const SECONDS = 60;

function budgetOf(limiter: RateLimiterAbstract, key: string): Budget {
  return {
    take: async () => {
      try {
        await limiter.consume(key);
        return 0;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
        throw refusal;
      }
    },
  };
}

function throttled(retryAfter: number): UpstreamError {
  return new UpstreamError(
    'UPSTREAM_THROTTLED',
    'The budget of upstream calls is used up: ask again later.',
    { details: { retryAfter } },
  );
}
