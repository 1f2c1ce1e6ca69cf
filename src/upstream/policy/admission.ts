import type { Attempt, AttemptOutcome } from '../outcome.js';
import type { ApiOperationName } from '../operation.js';
import type { Breaker } from './breaker.js';
import { type Budget, waitForBudget } from './budget.js';
import type { ConcurrencyLimit } from './concurrency-limit.js';
import type { Deadline } from './deadline.js';
import type { FairQueue } from './fair-queue.js';
import type { Wait } from './wait.js';

export interface CallAdmissionOptions {
  /** Runs as many attempts at a time as `limit` allows. */
  readonly queue: FairQueue;
  /** Learns from the outcomes of attempts. */
  readonly limit: Pick<ConcurrencyLimit, 'begin' | 'end'>;
  readonly budget: Budget;
  readonly wait: Wait;
  /** Called with each wait for the budget, in milliseconds. */
  readonly onBudgetWait?: ((ms: number) => void) | undefined;
}

export interface AttemptOwner {
  readonly operation: ApiOperationName;
  readonly callerId: string;
  /** Of the operation and region. */
  readonly breaker: Breaker;
  readonly deadline: Deadline;
}

/** Makes an attempt when permitted. */
export type AdmitAttempt = (attempt: Attempt, of: AttemptOwner) => Promise<AttemptOutcome>;

/**
 * Makes an attempt when it is its caller's turn, the breaker allows it and the budget has a call
 * left. It counts as running only while it runs, not while waiting.
 * @returns a function that throws UpstreamError UPSTREAM_UNAVAILABLE, UPSTREAM_THROTTLED with
 *   `retryAfter`
 */
export function createCallAdmission(options: CallAdmissionOptions): AdmitAttempt {
  const { queue, limit, budget, wait, onBudgetWait } = options;
  return async (attempt, { operation, callerId, breaker, deadline }) => {
    const turn = { callerId, signal: deadline.signal };
    for (;;) {
      // Also checked before queueing: with an open breaker, nothing waits.
      breaker.check();
      const task = async (): Promise<AttemptOutcome | number> => {
        breaker.check();
        const taken = budget.take(callerId);
        // A promise only for a shared budget: a page makes one call per link.
        const pause = typeof taken === 'number' ? taken : await taken;
        if (pause > 0) return pause;
        const sent = limit.begin(operation);
        let outcome: AttemptOutcome | undefined;
        try {
          return (outcome = await breaker.run(attempt));
        } finally {
          limit.end(sent, outcome);
        }
      };
      const outcome = await queue.run(task, turn);
      if (typeof outcome !== 'number') return outcome;
      onBudgetWait?.(outcome);
      await waitForBudget(outcome, deadline, wait);
    }
  };
}
