import type { Attempt, AttemptOutcome } from '../attempt.js';
import { backoff, throttledBackoff } from './backoff.js';
import type { Deadline } from './deadline.js';
import type { RetryBudget } from './retry-budget.js';
import type { Wait } from './wait.js';

export interface RetryOptions {
  /** Asked in this order; each repeats one attempt of a call at the most. */
  readonly repeatAtOnce: readonly RepeatAtOnce[];
  readonly maxRetries: number;
  /** Of the whole process. */
  readonly budget: RetryBudget;
  readonly deadline: Deadline;
  readonly wait: Wait;
  readonly random: () => number;
}

/**
 * Whether an attempt that ended so is made again without a wait, and does not count as a retry. A promise
 * only where something has to be looked up first.
 */
export type RepeatAtOnce = (
  outcome: AttemptOutcome,
  deadline: Deadline,
) => boolean | Promise<boolean>;

const TRANSIENT_STATUS: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/**
 * Repeats an attempt that failed in passing; every operation is a GET, so repeating is safe. Waits
 * as long as the upstream asks, at least the back-off; where it throttles and does not say how long, for a
 * part of the time that is left. Gives up, with the last outcome, where the wait would outlast the
 * deadline, or where too many calls are being retried already.
 */
export async function retry(attempt: Attempt, options: RetryOptions): Promise<AttemptOutcome> {
  const { maxRetries, budget, deadline, wait, random } = options;
  budget.countCall();
  let unused = options.repeatAtOnce;
  let retries = 0;
  for (;;) {
    const outcome = await attempt();
    let due: RepeatAtOnce | undefined;
    for (const rule of unused) {
      const answer = rule(outcome, deadline);
      if (answer !== true && (answer === false || !(await answer))) continue;
      due = rule;
      break;
    }
    if (due) {
      unused = unused.filter((rule) => rule !== due);
      continue;
    }
    if (retries === maxRetries || !isTransient(outcome)) return outcome;
    const remaining = deadline.remaining();
    const retriesAfter = maxRetries - retries - 1;
    const pause = isThrottledForUnknown(outcome)
      ? throttledBackoff({ retry: retries, retriesAfter, remaining }, random)
      : Math.max(backoff(retries, random), askedPause(outcome));
    if (pause >= remaining || !budget.takeRetry()) return outcome;
    await wait(pause, deadline.signal);
    retries += 1;
  }
}

function isTransient(outcome: AttemptOutcome): boolean {
  switch (outcome.kind) {
    case 'answered':
      return outcome.reply.cut || TRANSIENT_STATUS.has(outcome.reply.status);
    case 'broken':
    case 'timed-out':
      return true;
    case 'oversized':
      return false;
  }
}

/** The upstream takes no more calls, and does not say for how long. */
function isThrottledForUnknown(outcome: AttemptOutcome): boolean {
  if (outcome.kind !== 'answered') return false;
  const { status, retryAfter } = outcome.reply;
  return retryAfter === undefined && (status === 429 || status === 503);
}

function askedPause(outcome: AttemptOutcome): number {
  return outcome.kind === 'answered' ? (outcome.reply.retryAfter ?? 0) * 1000 : 0;
}
