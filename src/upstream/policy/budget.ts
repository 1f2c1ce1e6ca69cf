import { LRUCache } from 'lru-cache';
import { UpstreamError } from '../../domain/errors.js';

/** The call budget of the account; the upstream counts every attempt. */
export interface Budget {
  /**
   * Takes one call from the budget, within the caller's share.
   * @returns 0 if granted, otherwise the milliseconds until a call may be available, at most 60,000
   */
  take(callerId: string): number | Promise<number>;
}

export interface BudgetOptions {
  readonly maxPerMinute: number;
  /** Whether callers have shares, so that none exhausts the budget of all. */
  readonly hasShares?: boolean;
  /** Called for a caller that is limited while others are not. */
  readonly onLimited?: ((callerId: string) => void) | undefined;
  /** A monotonic clock, in milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** The budget of this process alone. */
export interface MemoryBudget extends Budget {
  take(callerId: string): number;
  /** Returns a call that was not made. */
  giveBack(callerId: string): void;
}

/** Maximum wait in milliseconds. */
export const MINUTE_MS = 60_000;

/**
 * Milliseconds a call counts: a second more than the upstream's minute, since network delays vary.
 */
export const WINDOW_MS = MINUTE_MS + 1000;

/** Calls are counted per second and expire with the last of them. */
const BUCKET_MS = 1000;

/** The fraction of the budget reserved for callers with little use: one in five. */
const RESERVED_PART = 5;

/** The reserved calls of a budget, which one caller cannot exhaust. */
export function reserveOf(maxPerMinute: number): number {
  return Math.floor(maxPerMinute / RESERVED_PART);
}

interface Bucket {
  readonly startedAt: number;
  lastAt: number;
  calls: number;
  readonly byCaller: Map<string, number>;
}

/**
 * Counts calls in a sliding window, so that no 60 seconds exceed the limit. From the reserve, a
 * caller gets a call only if it has used no more than the calls left, so that new callers are
 * served however much others have used.
 */
export function createMemoryBudget(options: BudgetOptions): MemoryBudget {
  const { maxPerMinute, hasShares = false, onLimited, now = () => performance.now() } = options;
  const reserve = reserveOf(maxPerMinute);
  const buckets: Bucket[] = [];
  const usedBy = new Map<string, number>();
  let used = 0;

  const mayTake = (all: number, own: number): boolean => {
    const left = maxPerMinute - all;
    return left > 0 && (!hasShares || left > reserve || own <= left);
  };

  function count(bucket: Bucket, callerId: string, by: 1 | -1): void {
    bucket.calls += by;
    used += by;
    if (!hasShares) return;
    add(bucket.byCaller, callerId, by);
    add(usedBy, callerId, by);
  }

  function forgetOld(time: number): void {
    for (let [oldest] = buckets; oldest && oldest.lastAt + WINDOW_MS <= time; [oldest] = buckets) {
      buckets.shift();
      used -= oldest.calls;
      for (const [callerId, calls] of oldest.byCaller) add(usedBy, callerId, -calls);
    }
  }

  function bucketAt(time: number): Bucket {
    const latest = buckets.at(-1);
    if (latest && time < latest.startedAt + BUCKET_MS) {
      latest.lastAt = time;
      return latest;
    }
    const bucket = { startedAt: time, lastAt: time, calls: 0, byCaller: new Map() };
    buckets.push(bucket);
    return bucket;
  }

  /** When enough calls have expired. */
  function pauseOf(callerId: string, time: number): number {
    let all = used;
    let own = usedBy.get(callerId) ?? 0;
    for (const { lastAt, calls, byCaller } of buckets) {
      all -= calls;
      own -= byCaller.get(callerId) ?? 0;
      if (mayTake(all, own)) return toPause(lastAt + WINDOW_MS - time);
    }
    return MINUTE_MS;
  }

  return {
    take: (callerId) => {
      const time = now();
      forgetOld(time);
      if (mayTake(used, usedBy.get(callerId) ?? 0)) {
        count(bucketAt(time), callerId, 1);
        return 0;
      }
      if (used < maxPerMinute) onLimited?.(callerId);
      return pauseOf(callerId, time);
    },
    giveBack: (callerId) => {
      const bucket = buckets.findLast(({ calls, byCaller }) =>
        hasShares ? byCaller.has(callerId) : calls > 0,
      );
      if (bucket) count(bucket, callerId, -1);
    },
  };
}

/** The error where the next call of the budget, in `pause` milliseconds, is too late. */
export function exhausted(pause: number): UpstreamError {
  return new UpstreamError(
    'UPSTREAM_THROTTLED',
    'Upstream call budget exhausted; retry after `retryAfter` seconds.',
    { details: { retryAfter: Math.ceil(pause / 1000) } },
  );
}

/** Clamps a wait to the valid range. */
export function toPause(ms: number): number {
  return Math.min(MINUTE_MS, Math.max(1, Math.ceil(ms)));
}

/** Callers without calls are removed. */
function add(counts: Map<string, number>, callerId: string, by: number): void {
  const sum = (counts.get(callerId) ?? 0) + by;
  if (sum > 0) counts.set(callerId, sum);
  else counts.delete(callerId);
}

/** Further callers are not counted. */
const MAX_LIMITED = 10_000;

/** Counts the callers that exhausted their share of the budget in the last minute. */
export function createLimitedCallers(now: () => number = () => performance.now()) {
  const callers = new LRUCache<string, true>({
    max: MAX_LIMITED,
    ttl: MINUTE_MS,
    perf: { now },
    ttlResolution: 0,
  });
  return {
    add: (callerId: string): void => void callers.set(callerId, true),
    count: (): number => {
      callers.purgeStale();
      return callers.size;
    },
  };
}
