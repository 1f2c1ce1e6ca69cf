import { UpstreamError } from '../../domain/errors.js';
import { createCallWindow, type CallWindowOptions } from './call-window.js';
import type { Deadline } from './deadline.js';
import type { Wait } from './wait.js';

/** How many calls the account may make; the upstream counts each attempt. */
export interface Budget {
  /**
   * Takes one call, of the share of the caller it is made for.
   * @returns 0 when there was one, else the milliseconds until there may be
   */
  take(callerId?: string): number | Promise<number>;
}

export interface BudgetOptions extends CallWindowOptions {
  /** Whether callers are told apart, so that none uses up what is there for all. */
  readonly hasShares: boolean;
}

/** A budget of this process alone. */
export function createMemoryBudget(
  maxPerMinute: number,
  options: Partial<BudgetOptions> = {},
): Budget {
  const { hasShares = false, ...rest } = options;
  const window = createCallWindow({ ...rest, maxPerMinute });
  return { take: (callerId) => window.take(hasShares ? callerId : undefined) };
}

/**
 * Waits until there may be a call again, where the deadline allows it.
 * @throws UpstreamError UPSTREAM_THROTTLED with `retryAfter` where it does not
 */
export async function waitForBudget(pause: number, deadline: Deadline, wait: Wait): Promise<void> {
  if (pause >= deadline.remaining()) throw throttled(Math.ceil(pause / 1000));
  await wait(pause, deadline.signal);
}

function throttled(retryAfter: number): UpstreamError {
  return new UpstreamError(
    'UPSTREAM_THROTTLED',
    'The budget of upstream calls is used up: ask again later.',
    { details: { retryAfter } },
  );
}
