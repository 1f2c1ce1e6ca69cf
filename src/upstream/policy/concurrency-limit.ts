import type { AttemptOutcome } from '../attempt-outcome.js';
import type { ApiOperationName } from '../operation.js';
import { createLatencyTrend, type LatencyTrend } from './latency-trend.js';

/** A limit of the calls in flight that adapts to what the upstream takes. */
export interface ConcurrencyLimit {
  /** The current limit, a whole number. */
  current(): number;
  /** Records that a call is sent. */
  begin(operation: ApiOperationName): SentCall;
  /** Records its outcome; undefined if it has none, for example because its caller left. */
  end(call: SentCall, outcome: AttemptOutcome | undefined): void;
}

export interface SentCall {
  readonly operation: ApiOperationName;
  /** In the order of sending, from 1. */
  readonly number: number;
  /** By a monotonic clock, in milliseconds. */
  readonly at: number;
}

export interface ConcurrencyLimitOptions {
  readonly max: number;
  /** A monotonic clock, in milliseconds. */
  readonly now?: (() => number) | undefined;
  /** Called after each decrease. */
  readonly onDecrease?: ((decrease: LimitDecrease) => void) | undefined;
}

export interface LimitDecrease {
  readonly cause: Overload | 'latency';
  readonly operation: ApiOperationName;
  /** Whole numbers. */
  readonly from: number;
  readonly to: number;
}

/** How a call shows that the upstream has too many. */
export type Overload = 'throttled' | 'timeout' | 'reset';

const START = 64;
/** Keeps a page of links within its deadline, and enough calls coming to see the end of a jam. */
const FLOOR = 4;
/** Where latency alone does not go below: fewer calls would only make the queue here longer. */
const LATENCY_FLOOR = 16;

/** Seconds without a call that count towards growth, below the start and above it. */
const IDLE_SECONDS = { below: 5, above: 0.25 };
/** Calls that take longer, in milliseconds, grow it more slowly: their refusals arrive later. */
const PROMPT_MS = 300;

/**
 * Creates a limit of AIMD with the growth curve of CUBIC, as in RFC 9438 and in the AWS SDKs'
 * adaptive retries: quick back to where the upstream had enough, slow around it, quick beyond it.
 * It grows with time rather than per call, so that it recovers with few calls, and refusals stay
 * rare however fast the calls are.
 *
 * - It starts at 64 and doubles each round trip until the first decrease (slow start).
 * - 429, 503, timeouts and resets halve it, and so does latency that is high for two round trips in
 *   a row while at least half of the limit is in use. Calls sent before a decrease cause no other.
 * - Only successes at the usual latency of their operation let it grow; beyond the start to at most
 *   twice the calls in flight, since an unused limit proves nothing.
 *
 * Of the other well-known algorithms, plain AIMD either recovers slowly or overshoots often, and
 * Vegas and Gradient compare with the lowest latency ever, across operations, so that noise, fast
 * failures and mixed calls shrink the limit for good.
 */
export function createConcurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const { max, now = () => performance.now(), onDecrease } = options;
  const start = Math.min(START, max);
  const trends = new Map<ApiOperationName, LatencyTrend>();
  let limit = start;
  /** The limit before the last decrease, the level part of the curve; undefined in slow start. */
  let plateau: number | undefined;
  /** Seconds from there on the curve; negative below it. */
  let position = 0;
  /** When `position` was last updated. */
  let asOf = now();
  let inFlight = 0;
  let sent = 0;
  /** The number of the last call sent before the last decrease. */
  let sentBefore = 0;

  const trendOf = (operation: ApiOperationName): LatencyTrend => {
    const known = trends.get(operation);
    if (known) return known;
    const trend = createLatencyTrend();
    trends.set(operation, trend);
    return trend;
  };

  const decrease = (cause: LimitDecrease['cause'], operation: ApiOperationName): void => {
    const floor = cause === 'latency' ? LATENCY_FLOOR : FLOOR;
    const from = Math.floor(limit);
    plateau = limit;
    limit = Math.min(limit, Math.max(floor, limit / 2));
    position = Math.cbrt(limit - plateau);
    sentBefore = sent;
    const to = Math.floor(limit);
    if (to < from) onDecrease?.({ cause, operation, from, to });
  };

  const grow = (seconds: number, ms: number): void => {
    const ceiling = Math.min(max, Math.max(start, 2 * inFlight));
    if (limit >= ceiling) return;
    if (plateau === undefined) {
      limit = Math.min(ceiling, limit + 1);
      return;
    }
    const earned = Math.min(seconds, limit < start ? IDLE_SECONDS.below : IDLE_SECONDS.above);
    position += earned * Math.min(1, PROMPT_MS / ms);
    limit = plateau + position ** 3;
    if (limit <= ceiling) return;
    limit = ceiling;
    position = Math.cbrt(limit - plateau);
  };

  const learn = (call: SentCall, outcome: AttemptOutcome): void => {
    const { operation, number } = call;
    const overload = overloadOf(outcome);
    if (!overload && !isSuccess(outcome)) return;
    const time = now();
    const seconds = Math.max(0, time - asOf) / 1000;
    asOf = time;
    if (overload) {
      if (number > sentBefore) decrease(overload, operation);
      return;
    }
    const trend = trendOf(operation);
    const ms = Math.max(0, time - call.at);
    const isCrowded = inFlight > start;
    if (!trend.isSlow({ number, newest: sent, ms, endedAt: time, isCrowded })) {
      grow(seconds, ms);
    } else if ((trend.slowSince() ?? -1) >= sentBefore && inFlight >= limit / 2) {
      decrease('latency', operation);
    }
  };

  return {
    current: () => Math.floor(limit),
    begin: (operation) => {
      inFlight += 1;
      sent += 1;
      return { operation, number: sent, at: now() };
    },
    end: (call, outcome) => {
      if (outcome) learn(call, outcome);
      inFlight -= 1;
    },
  };
}

function isSuccess(outcome: AttemptOutcome): boolean {
  return outcome.kind === 'answered' && outcome.reply.status < 300 && !outcome.reply.cut;
}

/** Whether an outcome shows overload. Other failures, such as 404, say nothing about it. */
function overloadOf(outcome: AttemptOutcome): Overload | undefined {
  switch (outcome.kind) {
    case 'answered':
      return OVERLOAD_OF_STATUS.get(outcome.reply.status);
    case 'timed-out':
      return outcome.cutShort ? undefined : 'timeout';
    case 'broken':
      return outcome.onIdleSocket ? undefined : OVERLOAD_OF_CODE.get(outcome.code);
    case 'oversized':
      return undefined;
  }
}

const OVERLOAD_OF_STATUS: ReadonlyMap<number, Overload> = new Map([
  [429, 'throttled'],
  [503, 'throttled'],
  [504, 'timeout'],
]);

const OVERLOAD_OF_CODE: ReadonlyMap<string, Overload> = new Map([
  ['ETIMEDOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  ['UND_ERR_SOCKET', 'reset'],
]);
