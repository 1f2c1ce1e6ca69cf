import type { ApiOperationName } from '../operation.js';
import { type AttemptOutcome, judge } from '../outcome.js';

/** A limit of the calls in flight that adapts to what the upstream takes. */
export interface ConcurrencyLimit {
  /** The current limit, a whole number. */
  current(): number;
  /** Records that a call is sent. */
  begin(operation: ApiOperationName): SentCall;
  /** Records its outcome; undefined if it has none, for example because its caller left. */
  end(call: SentCall, outcome: AttemptOutcome | undefined): void;
}

export interface ConcurrencyLimitOptions {
  readonly max: number;
  /** A monotonic clock, in milliseconds. */
  readonly now?: (() => number) | undefined;
  /** Called after each decrease. */
  readonly onDecrease?: ((decrease: LimitDecrease) => void) | undefined;
}

export interface SentCall {
  readonly operation: ApiOperationName;
  /** In the order of sending, from 1. */
  readonly number: number;
  /** Calls in flight when it was sent, itself included. */
  readonly inFlight: number;
  /** By a monotonic clock, in milliseconds. */
  readonly at: number;
}

export interface LimitDecrease {
  readonly cause: 'throttled' | 'timeout' | 'reset';
  readonly operation: ApiOperationName;
  /** Whole numbers. */
  readonly from: number;
  readonly to: number;
}

const START = 64;
/** Keeps a page of links within its deadline, and enough calls coming to see the end of a jam. */
const FLOOR = 4;

/** The part of a capacity to grow to quickly, so that another replica finds room. */
const OWN_PART = 0.85;
/** How long a capacity that showed in refusals is remembered. */
const CAPACITY_SECONDS = 120;
/** Seconds without a call that count towards growth: without a known capacity, and otherwise. */
const IDLE_SECONDS = { free: 5, known: 0.25 };
/** Calls that take longer, in milliseconds, grow it more slowly: their refusals arrive later. */
const PROMPT_MS = 300;

/**
 * Creates a limit of AIMD with the growth curve of CUBIC, as in RFC 9438 and in the AWS SDKs'
 * adaptive retries: quick back to where the upstream had enough, slow around it, quick beyond it.
 * It grows with time rather than per call, so that it recovers with few calls, and refusals stay
 * rare however fast the calls are.
 *
 * - It starts at 64 and doubles each round trip until the first decrease (slow start).
 * - 429, 503, timeouts and resets halve it. A burst, the calls sent before a decrease, causes no
 *   other.
 * - If only the calls beyond a number in flight were refused, that number is the upstream's
 *   capacity, for two minutes.
 * - Only successes let it grow: to its start or the known capacity, and beyond to at most twice the
 *   calls in flight, since an unused limit proves nothing.
 *
 * Latency says nothing: calls that are slow but succeed need more of them in flight, and an upstream
 * that is too slow shows in timeouts. Plain AIMD either recovers slowly or overshoots often; Vegas and
 * Gradient take noise, fast failures and mixed operations for a jam.
 */
export function createConcurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const { max, now = () => performance.now(), onDecrease } = options;
  const start = Math.min(START, max);
  let limit = start;
  /** The level part of the curve, where the upstream had enough; undefined in slow start. */
  let plateau: number | undefined;
  /** Seconds from there on the curve; negative below it. */
  let position = 0;
  /** Our part of the upstream's capacity, if that is known. */
  let capacity: number | undefined;
  /** Seconds since it showed. */
  let capacityAge = 0;
  let burst = createBurst({ after: 0, until: 0, limit: start });
  let asOf = now();
  let inFlight = 0;
  let sent = 0;

  const levelOffAt = (level: number): void => {
    plateau = level;
    position = Math.cbrt(limit - level);
  };

  const decrease = (cause: LimitDecrease['cause'], operation: ApiOperationName): void => {
    burst = createBurst({ after: burst.until, until: sent, limit });
    limit = Math.min(limit, Math.max(FLOOR, limit / 2));
    levelOffAt(burst.limit);
    const [from, to] = [Math.floor(burst.limit), Math.floor(limit)];
    if (to < from) onDecrease?.({ cause, operation, from, to });
  };

  const learnCapacity = (call: SentCall, isRefused: boolean): void => {
    if (!burst.learn(call, isRefused)) return;
    const taken = burst.capacity();
    capacity = taken === undefined || taken < FLOOR ? undefined : taken * OWN_PART;
    capacityAge = 0;
    levelOffAt(Math.max(limit, capacity ?? burst.limit));
  };

  const forgetOldCapacity = (seconds: number): void => {
    capacityAge += seconds;
    if (capacity === undefined || capacityAge <= CAPACITY_SECONDS) return;
    capacity = undefined;
    levelOffAt(Math.max(limit, start));
  };

  const grow = (seconds: number, ms: number): void => {
    const unused = Math.min(start, capacity ?? start);
    const ceiling = Math.min(max, Math.max(unused, 2 * inFlight));
    if (limit >= ceiling) return;
    if (plateau === undefined) {
      limit = Math.min(ceiling, limit + 1);
      return;
    }
    const isFree = capacity === undefined && limit < start;
    const earned = Math.min(seconds, isFree ? IDLE_SECONDS.free : IDLE_SECONDS.known);
    position += earned * Math.min(1, PROMPT_MS / ms);
    limit = plateau + position ** 3;
    if (limit <= ceiling) return;
    limit = ceiling;
    levelOffAt(plateau);
  };

  const learn = (call: SentCall, outcome: AttemptOutcome): void => {
    const { operation, number } = call;
    const told = judge(outcome).limit;
    if (told === null) return;
    const time = now();
    const seconds = Math.max(0, time - asOf) / 1000;
    asOf = time;
    forgetOldCapacity(seconds);
    if (told !== 'success') {
      if (number > burst.until) decrease(told, operation);
      if (told === 'throttled') learnCapacity(call, true);
      return;
    }
    learnCapacity(call, false);
    grow(seconds, Math.max(1, time - call.at));
  };

  return {
    current: () => Math.floor(limit),
    begin: (operation) => {
      inFlight += 1;
      sent += 1;
      return { operation, number: sent, inFlight, at: now() };
    },
    end: (call, outcome) => {
      if (outcome) learn(call, outcome);
      inFlight -= 1;
    },
  };
}

/** The calls that were sent since the burst before, until a decrease of the limit. */
interface Burst {
  /** The number of its last call. */
  readonly until: number;
  /** The limit they were sent with. */
  readonly limit: number;
  /** Records a call; returns whether that can change the capacity. Ignores calls of other bursts. */
  learn(call: SentCall, isRefused: boolean): boolean;
  /**
   * The capacity of the upstream, in calls in flight: it refused those beyond and no others.
   * Undefined if the refusals have another reason, for example a quota.
   */
  capacity(): number | undefined;
}

function createBurst({ after, ...of }: Pick<Burst, 'until' | 'limit'> & { after: number }): Burst {
  /** Calls in flight with the refused call that had the fewest, and the taken one with the most. */
  let [fewestRefused, mostTaken] = [Infinity, 0];
  return {
    ...of,
    learn: ({ number, inFlight }, isRefused) => {
      if (number <= after || number > of.until) return false;
      if (isRefused) fewestRefused = Math.min(fewestRefused, inFlight);
      else mostTaken = Math.max(mostTaken, inFlight);
      const isNews = isRefused ? inFlight === fewestRefused : inFlight === mostTaken;
      return isNews && fewestRefused < Infinity;
    },
    capacity: () =>
      mostTaken < fewestRefused && fewestRefused < Infinity ? fewestRefused - 1 : undefined,
  };
}
