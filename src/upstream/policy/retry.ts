import type { Credentials } from '../../config/config.js';
import { type AttemptOutcome, judge, type Verdict } from '../outcome.js';
import { offsetToTry } from './clock.js';
import type { Deadline, Wait } from './deadline.js';
import type { Lane, Turn } from './lane.js';

/** A source of signing credentials that may be renewed. */
export interface CredentialSource {
  /** The current credentials: the same object until renewed. */
  current(): Credentials;
  /**
   * Looks for new credentials after the upstream rejected these. Concurrent rejections share one
   * lookup, limited to one every few seconds.
   * @returns whether there are new credentials
   */
  renew(refused: Credentials): Promise<boolean>;
}

/** Makes an attempt, signed with this offset of the upstream's clock if one is on trial. */
export type Attempt = (turn: Turn, trialOffset: number | undefined) => Promise<AttemptOutcome>;

export interface RetryOptions {
  readonly credentialSource: CredentialSource;
  readonly maxRetries: number;
  /** Shared by the process. */
  readonly budget: RetryBudget;
  /** Of the operation and region. */
  readonly lane: Pick<Lane, 'isRefusing' | 'turn'>;
  readonly deadline: Deadline;
  readonly wait: Wait;
  /** Returns a number from 0 up to 1. */
  readonly random: () => number;
}

/** Twice: the first time, the files may be half rewritten. */
const MAX_RENEWALS = 2;

/**
 * Retries after a first attempt that failed; every operation is a GET, so this is safe. Repeats at
 * once, one time each, what may have failed for the request itself: its connection, clock or
 * credentials. Retries transient failures after a pause, as long as the upstream requests and at
 * least the backoff; if throttled without a `Retry-After`, after a fraction of the remaining time
 * and in turn. Returns the last outcome if there is no retry left, or none within the deadline.
 */
export async function retry(
  first: AttemptOutcome,
  attempt: Attempt,
  options: RetryOptions,
): Promise<AttemptOutcome> {
  const { credentialSource, maxRetries, lane, deadline } = options;
  let hasFreshSocket = false;
  let hasNewTime = false;
  let trialOffset: number | undefined;
  let renewals = 0;

  async function isRepeated(outcome: AttemptOutcome, { suspect }: Verdict): Promise<boolean> {
    if (suspect === 'socket') return !hasFreshSocket && (hasFreshSocket = true);
    if (outcome.kind !== 'answered' || suspect === null) return false;
    const { reply, credentials } = outcome;
    trialOffset = hasNewTime ? undefined : offsetToTry(reply);
    if (trialOffset !== undefined) return (hasNewTime = true);
    if (suspect === 'clock' || renewals === MAX_RENEWALS) return false;
    const isRenewed =
      credentialSource.current() !== credentials ||
      // The rejection is more informative than a timeout while reading new ones.
      (await deadline.inTime(credentialSource.renew(credentials)).catch(() => false));
    if (isRenewed) renewals += 1;
    return isRenewed;
  }

  let outcome = first;
  for (let retries = 0; ;) {
    const verdict = judge(outcome);
    if (verdict.code === null) return outcome;
    let turn: Turn | 'none' = 'free';
    if (!(await isRepeated(outcome, verdict))) {
      if (verdict.retry === 'never' || retries === maxRetries || lane.isRefusing()) return outcome;
      turn = await untilRetry(outcome, verdict, retries, options);
      retries += 1;
    }
    if (turn === 'none') return outcome;
    outcome = await attempt(turn, trialOffset);
  }
}

/** Waits until retry number `retries` (0-based), if there is one. */
async function untilRetry(
  outcome: AttemptOutcome,
  verdict: Verdict,
  retries: number,
  { maxRetries, budget, lane, deadline, wait, random }: RetryOptions,
): Promise<Turn | 'none'> {
  const remaining = deadline.remaining();
  const isHeld = verdict.retry === 'held';
  const asked = outcome.kind === 'answered' ? (outcome.reply.retryAfter ?? 0) * 1000 : 0;
  const pause = isHeld
    ? heldBackoff(retries, maxRetries - retries - 1, remaining, random)
    : Math.max(backoff(retries, random), asked);
  // Held retries are few: one at a time until the throttling is over.
  if (pause >= remaining || (!isHeld && !budget.take())) return 'none';
  await wait(pause, deadline.signal);
  if (!isHeld) return 'free';
  // At the deadline, the last outcome tells more than a timeout.
  return lane.turn(deadline).catch(() => {
    deadline.signal?.throwIfAborted();
    return 'none';
  });
}

const BASE_MS = 100;
const CAP_MS = 2000;

/** Milliseconds before retry number `retry` (0-based), with full jitter to spread callers out. */
function backoff(retry: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** retry);
}

/**
 * Milliseconds before retry number `retry` (0-based) of a call throttled without a `Retry-After`: a
 * fraction of the remaining time, half of it jitter, so that retries spread over that time and the
 * calls of a page do not return together. Fractions double; the first is at most a quarter, since
 * throttling is often short.
 * @param retriesAfter how many can follow it
 * @param remaining milliseconds left for the call
 */
function heldBackoff(
  retry: number,
  retriesAfter: number,
  remaining: number,
  random: () => number,
): number {
  const part = remaining / 2 ** (retriesAfter + 1);
  const most = retry === 0 ? Math.min(part, remaining / 4) : part;
  return (most * (1 + random())) / 2;
}

/** Limits the retries of a process, so that they do not overload a failing upstream. */
export interface RetryBudget {
  /** Counts a call, which earns a fraction of a retry. */
  countCall(): void;
  /** Takes one retry if available. */
  take(): boolean;
}

/** Average retries per call. */
const PER_CALL = 0.2;
/** Refills the reserve of an idle process after an outage. */
const PER_SECOND = 0.2;

/**
 * Allows about one retry per five calls, plus a reserve for bursts of failures.
 * @param reserve maximum saved retries, and the initial number
 * @param now a monotonic clock, in milliseconds
 */
export function createRetryBudget(
  reserve: number,
  now: () => number = () => performance.now(),
): RetryBudget {
  let retries = reserve;
  let asOf = now();
  return {
    countCall: () => {
      retries = Math.min(reserve, retries + PER_CALL);
    },
    take: () => {
      const seconds = (now() - asOf) / 1000;
      asOf = now();
      retries = Math.min(reserve, retries + PER_SECOND * seconds);
      if (retries < 1) return false;
      retries -= 1;
      return true;
    },
  };
}
