import { UpstreamError } from '../../domain/errors.js';
import { createCallWindow, type CallWindowOptions } from './call-window.js';
import type { Deadline } from './deadline.js';
import type { Wait } from './wait.js';

/** The call budget of the account; the upstream counts every attempt. */
export interface Budget {
  /**
   * Takes one call from the budget, within the caller's share.
   * @returns 0 if granted, otherwise the milliseconds until a call may be available
   */
  take(callerId?: string): number | Promise<number>;
}

export interface BudgetOptions extends CallWindowOptions {
  /** Whether callers have shares, so that none exhausts the budget of all. */
  readonly hasShares: boolean;
}

/** Creates a budget for this process only. */
export function createMemoryBudget(
  maxPerMinute: number,
  options: Partial<BudgetOptions> = {},
): Budget {
  const { hasShares = false, ...rest } = options;
  const window = createCallWindow({ ...rest, maxPerMinute });
  return { take: (callerId) => window.take(hasShares ? callerId : undefined) };
}

/**
 * Waits until a call may be available, if the deadline allows.
 * @throws UpstreamError UPSTREAM_THROTTLED with `retryAfter` otherwise
 */
export async function waitForBudget(pause: number, deadline: Deadline, wait: Wait): Promise<void> {
  if (pause >= deadline.remaining()) throw throttled(Math.ceil(pause / 1000));
  await wait(pause, deadline.signal);
}

function throttled(retryAfter: number): UpstreamError {
  return new UpstreamError(
    'UPSTREAM_THROTTLED',
    'Upstream call budget exhausted; retry after `retryAfter` seconds.',
    { details: { retryAfter } },
  );
}
