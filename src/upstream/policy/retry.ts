import type { Attempt, AttemptOutcome } from '../attempt-outcome.js';
import { backoff, throttledBackoff } from './backoff.js';
import type { Deadline } from './deadline.js';
import type { RetryBudget } from './retry-budget.js';
import { isThrottledForUnknown, type ThrottleGate } from './throttle-gate.js';
import type { Wait } from './wait.js';

export interface RetryOptions {
  /** Tried in this order; each repeats at most one attempt of a call. */
  readonly repeatAtOnce: readonly RepeatAtOnce[];
  readonly maxRetries: number;
  /** Shared by the process. */
  readonly budget: RetryBudget;
  /** Of the operation type. */
  readonly gate: ThrottleGate;
  readonly deadline: Deadline;
  readonly wait: Wait;
  readonly random: () => number;
}

/**
 * Whether to repeat an attempt immediately, without counting a retry. Returns a promise only if a
 * lookup is needed.
 */
export type RepeatAtOnce = (
  outcome: AttemptOutcome,
  deadline: Deadline,
) => boolean | Promise<boolean>;

const TRANSIENT_STATUS: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/**
 * Retries transient failures; every operation is a GET, so this is safe. Waits as long as the
 * upstream requests, at least the backoff; if throttled without a `Retry-After`, for a fraction of
 * the remaining time and then at the gate. Returns the last outcome if the wait would exceed the
 * deadline or too many calls are being retried.
 */
export async function retry(attempt: Attempt, options: RetryOptions): Promise<AttemptOutcome> {
  const { maxRetries, budget, gate, deadline } = options;
  budget.countCall();
  let unused = options.repeatAtOnce;
  let retries = 0;
  let isProbe = false;
  let wasThrottled = false;
  for (;;) {
    const outcome = isProbe ? await gate.probe(attempt) : await attempt();
    if (!isProbe) gate.learn(outcome);
    // The upstream asked for the delay; it is not failing.
    if (wasThrottled && isGood(outcome)) budget.giveBack?.();
    isProbe = false;
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
    const pass = await untilRetry(outcome, retries, options);
    if (pass === 'closed') return outcome;
    isProbe = pass === 'probe';
    wasThrottled = isThrottledForUnknown(outcome);
    retries += 1;
  }
}

/** Waits until retry number `retries` (0-based); `closed` if there is none. */
async function untilRetry(
  outcome: AttemptOutcome,
  retries: number,
  { maxRetries, budget, gate, deadline, wait, random }: RetryOptions,
): Promise<'open' | 'probe' | 'closed'> {
  const remaining = deadline.remaining();
  if (!isThrottledForUnknown(outcome)) {
    const pause = Math.max(backoff(retries, random), askedPause(outcome));
    if (pause >= remaining || !budget.takeRetry()) return 'closed';
    await wait(pause, deadline.signal);
    return 'open';
  }
  const retriesAfter = maxRetries - retries - 1;
  const pause = throttledBackoff({ retry: retries, retriesAfter, remaining }, random);
  if (pause >= remaining) return 'closed';
  await wait(pause, deadline.signal);
  const pass = await gate.enter(deadline);
  // Taken only now, so that calls waiting at the gate still find retries.
  if (pass === 'closed' || budget.takeRetry()) return pass;
  if (pass === 'probe') gate.leave();
  return 'closed';
}

function isGood(outcome: AttemptOutcome): boolean {
  return outcome.kind === 'answered' && outcome.reply.status < 300;
}

function isTransient(outcome: AttemptOutcome): boolean {
  switch (outcome.kind) {
    case 'answered':
      return outcome.reply.cut || TRANSIENT_STATUS.has(outcome.reply.status);
    case 'broken':
    case 'timed-out':
      return true;
    case 'oversized':
    case 'unheld':
      return false;
  }
}

function askedPause(outcome: AttemptOutcome): number {
  return outcome.kind === 'answered' ? (outcome.reply.retryAfter ?? 0) * 1000 : 0;
}
