import type { ApiOperationName } from '../operation.js';
import type { Verdict } from '../outcome.js';

/** A limit of the calls in flight that adapts to what the upstream takes. */
export interface ConcurrencyLimit {
  /** The current limit, a whole number. */
  current(): number;
  /** Records that a call is sent. */
  begin(operation: ApiOperationName): SentCall;
  /** Records its end; without a verdict if it tells nothing, for example because its caller left. */
  end(call: SentCall, verdict: Verdict | undefined): void;
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
 * It grows with time rather than per call, so that it recovers with few calls.
 *
 * - It starts at 64 and doubles each round trip until the first decrease (slow start).
 * - 429, 503, timeouts and resets halve it. A burst, the calls sent before a decrease, causes no
 *   other.
 * - If only the calls beyond a number in flight were refused, that number is the upstream's
 *   capacity, for two minutes.
 * - Only successes let it grow: to its start or the known capacity, and beyond to at most twice the
 *   calls in flight, since an unused limit proves nothing.
 *
 * Latency says nothing: slow calls that succeed need more of them in flight, and an upstream that is
 * too slow shows in timeouts.
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
  /** The calls that were sent since the burst before, until a decrease of the limit. */
  let burst: Burst = { after: 0, until: 0, limit: start, fewestRefused: Infinity, mostTaken: 0 };
  let asOf = now();
  let inFlight = 0;
  let sent = 0;

  const levelOffAt = (level: number): void => {
    plateau = level;
    position = Math.cbrt(limit - level);
  };

  const decrease = (cause: LimitDecrease['cause'], operation: ApiOperationName): void => {
    burst = { after: burst.until, until: sent, limit, fewestRefused: Infinity, mostTaken: 0 };
    limit = Math.min(limit, Math.max(FLOOR, limit / 2));
    levelOffAt(burst.limit);
    const [from, to] = [Math.floor(burst.limit), Math.floor(limit)];
    if (to < from) onDecrease?.({ cause, operation, from, to });
  };

  /** Learns the capacity from a burst of which the calls beyond it were refused and no others. */
  const learnCapacity = ({ number, inFlight: beside }: SentCall, isRefused: boolean): void => {
    if (number <= burst.after || number > burst.until) return;
    if (isRefused ? beside > burst.fewestRefused : beside < burst.mostTaken) return;
    if (isRefused) burst.fewestRefused = beside;
    else burst.mostTaken = beside;
    const { fewestRefused, mostTaken } = burst;
    if (fewestRefused === Infinity) return;
    // Otherwise the refusals have another reason, for example a quota.
    const isCapacity = mostTaken < fewestRefused && fewestRefused > FLOOR;
    capacity = isCapacity ? (fewestRefused - 1) * OWN_PART : undefined;
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

  const learn = (call: SentCall, told: NonNullable<Verdict['limit']>): void => {
    const { operation, number } = call;
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
    end: (call, verdict) => {
      if (verdict && verdict.limit !== null) learn(call, verdict.limit);
      inFlight -= 1;
    },
  };
}

interface Burst {
  /** Its calls are numbered after the one and until the other. */
  readonly after: number;
  readonly until: number;
  /** The limit they were sent with. */
  readonly limit: number;
  /** Calls in flight with the refused call that had the fewest, and the taken one with the most. */
  fewestRefused: number;
  mostTaken: number;
}
