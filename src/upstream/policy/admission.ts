import type { Breaker } from './breaker.js';
import { type Budget, waitForBudget } from './budget.js';
import type { Deadline } from './deadline.js';
import type { FairQueue } from './fair-queue.js';
import type { Wait } from './wait.js';

export interface AdmissionOptions {
  readonly queue: FairQueue;
  readonly budget: Budget;
  readonly wait: Wait;
  /** Called with each wait for the budget, in milliseconds. */
  readonly onBudgetWait?: ((ms: number) => void) | undefined;
}

/** The call of an attempt. */
export interface AttemptOwner {
  readonly callerId: string;
  /** Of the operation and region. */
  readonly breaker: Pick<Breaker, 'check'>;
  readonly deadline: Deadline;
}

/** Waits until an attempt is permitted. It then has a place in the queue, to be left at its end. */
export type Admit = (owner: AttemptOwner) => Promise<void>;

/**
 * Permits an attempt when it is its caller's turn, the breaker allows it and the budget has a call
 * left. While it waits for the budget, it has no place.
 * @returns a function that throws UpstreamError UPSTREAM_UNAVAILABLE, UPSTREAM_THROTTLED with
 *   `retryAfter`
 */
export function createAdmission(options: AdmissionOptions): Admit {
  const { queue, budget, wait, onBudgetWait } = options;

  return async ({ callerId, breaker, deadline }) => {
    const turn = { callerId, signal: deadline.signal };
    for (;;) {
      // Also checked before queueing: with an open breaker, nothing waits.
      breaker.check();
      const place = queue.enter(turn);
      if (place) await place;
      let pause = 0;
      try {
        breaker.check();
        const taken = budget.take(callerId);
        // A promise only for a shared budget: a page makes one call per link.
        pause = typeof taken === 'number' ? taken : await taken;
      } catch (error) {
        queue.leave();
        throw error;
      }
      if (pause === 0) return;
      queue.leave();
      onBudgetWait?.(pause);
      await waitForBudget(pause, deadline, wait);
    }
  };
}
