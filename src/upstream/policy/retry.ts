import { orAborted } from '../../domain/stop-signal.js';
import type { CredentialSource } from '../credential-source.js';
import { type Attempt, type AttemptOutcome, judge, type Verdict } from '../outcome.js';
import { offsetToTry } from './clock-skew.js';
import type { Deadline } from './deadline.js';
import type { RetryBudget } from './retry-budget.js';
import type { ThrottleGate } from './throttle-gate.js';
import type { Wait } from './wait.js';

export interface RetryOptions {
  readonly credentialSource: CredentialSource;
  readonly maxRetries: number;
  /** Shared by the process. */
  readonly budget: RetryBudget;
  /** Of the operation and region. */
  readonly gate: ThrottleGate;
  /** Whether the circuit breaker refuses further attempts: then none is waited for. */
  readonly isRefused: () => boolean;
  readonly deadline: Deadline;
  readonly wait: Wait;
  readonly random: () => number;
}

/**
 * Retries transient failures; every operation is a GET, so this is safe. Waits as long as the
 * upstream requests, at least the backoff; if throttled without a `Retry-After`, for a fraction of
 * the remaining time and then at the gate. Returns the last outcome if the wait would exceed the
 * deadline or too many calls are being retried.
 */
export async function retry(attempt: Attempt, options: RetryOptions): Promise<AttemptOutcome> {
  const { maxRetries, budget, gate } = options;
  budget.countCall();
  const repeats = createRepeats(options);
  let retries = 0;
  let isProbe = false;
  let wasHeld = false;
  for (;;) {
    const outcome = isProbe ? await gate.probe(attempt) : await attempt();
    if (!isProbe) gate.learn(outcome);
    const verdict = judge(outcome);
    // The upstream asked for the delay; it is not failing.
    if (wasHeld && verdict.code === null) budget.giveBack?.();
    if (verdict.code === null) return outcome;
    isProbe = false;
    if (verdict.suspect !== null && (await repeats.isDue(outcome, verdict))) continue;
    if (verdict.retry === 'never' || retries === maxRetries || options.isRefused()) return outcome;
    const pass = await untilRetry(outcome, verdict, retries, options);
    if (pass === 'closed') return outcome;
    isProbe = pass === 'probe';
    wasHeld = verdict.retry === 'held';
    retries += 1;
  }
}

/** Twice: the first time, the files may be half rewritten. */
const MAX_RENEWALS = 2;

/** Repeats at once what may have failed for the request itself, without counting a retry. */
function createRepeats({ credentialSource, deadline }: RetryOptions) {
  let hasFreshSocket = false;
  let hasNewTime = false;
  let renewals = 0;

  async function hasOtherCredentials(outcome: AttemptOutcome): Promise<boolean> {
    if (outcome.kind !== 'answered' || renewals === MAX_RENEWALS) return false;
    const { credentials } = outcome;
    const isRenewed =
      credentialSource.current() !== credentials ||
      // The rejection is more informative than a timeout while reading new ones.
      (await orAborted(credentialSource.renew(credentials), deadline.signal).catch(() => false));
    if (isRenewed) renewals += 1;
    return isRenewed;
  }

  return {
    async isDue(outcome: AttemptOutcome, { suspect }: Verdict): Promise<boolean> {
      if (suspect === 'socket') return !hasFreshSocket && (hasFreshSocket = true);
      if (!hasNewTime && offsetToTry(outcome) !== undefined) return (hasNewTime = true);
      return suspect === 'clock or credentials' && hasOtherCredentials(outcome);
    },
  };
}

/** Waits until retry number `retries` (0-based); `closed` if there is none. */
async function untilRetry(
  outcome: AttemptOutcome,
  verdict: Verdict,
  retries: number,
  { maxRetries, budget, gate, deadline, wait, random }: RetryOptions,
): Promise<'open' | 'probe' | 'closed'> {
  const remaining = deadline.remaining();
  if (verdict.retry !== 'held') {
    const asked = outcome.kind === 'answered' ? (outcome.reply.retryAfter ?? 0) * 1000 : 0;
    const pause = Math.max(backoff(retries, random), asked);
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

const BASE_MS = 100;
const CAP_MS = 2000;

/** Milliseconds before retry number `retry` (0-based), with full jitter to spread callers out. */
export function backoff(retry: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** retry);
}

/**
 * Milliseconds before retrying a call throttled without a `Retry-After`: a fraction of the
 * remaining time, half of it jitter, so that retries spread over that time and the calls of a page
 * do not return together. Fractions double; the first is at most a quarter, since throttling is
 * often short.
 * @param retry its number, 0-based
 * @param retriesAfter how many can follow it
 * @param remaining milliseconds left for the call
 */
export function throttledBackoff(
  { retry, retriesAfter, remaining }: ThrottledRetry,
  random: () => number,
): number {
  const part = remaining / 2 ** (retriesAfter + 1);
  const most = retry === 0 ? Math.min(part, remaining / 4) : part;
  return (most * (1 + random())) / 2;
}

export interface ThrottledRetry {
  readonly retry: number;
  readonly retriesAfter: number;
  readonly remaining: number;
}
