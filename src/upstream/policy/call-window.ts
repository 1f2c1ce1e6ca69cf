/** The calls of the last minute by caller. */
export interface CallWindow {
  /**
   * Counts one call if permitted.
   * @param callerId owner of the share; undefined for none
   * @returns 0, or the milliseconds until a call may be available, at most 60,000
   */
  take(callerId: string | undefined): number;
  /** Returns a call that was not made. */
  giveBack(callerId: string | undefined): void;
}

export interface CallWindowOptions {
  readonly maxPerMinute: number;
  /** Called for a caller that is limited while others are not. */
  readonly onLimited?: ((callerId: string) => void) | undefined;
  /** A monotonic clock, in milliseconds. */
  readonly now?: (() => number) | undefined;
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
export function createCallWindow(options: CallWindowOptions): CallWindow {
  const { maxPerMinute, onLimited, now = () => performance.now() } = options;
  const reserve = reserveOf(maxPerMinute);
  const buckets: Bucket[] = [];
  const usedBy = new Map<string, number>();
  let used = 0;

  const mayTake = (all: number, own: number | undefined): boolean => {
    const left = maxPerMinute - all;
    return left > 0 && (own === undefined || left > reserve || own <= left);
  };

  function count(bucket: Bucket, callerId: string | undefined, by: 1 | -1): void {
    bucket.calls += by;
    used += by;
    if (callerId === undefined) return;
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
  function pauseOf(callerId: string | undefined, time: number): number {
    let all = used;
    let own = callerId === undefined ? undefined : (usedBy.get(callerId) ?? 0);
    for (const { lastAt, calls, byCaller } of buckets) {
      all -= calls;
      if (own !== undefined && callerId !== undefined) own -= byCaller.get(callerId) ?? 0;
      if (mayTake(all, own)) return toPause(lastAt + WINDOW_MS - time);
    }
    return MINUTE_MS;
  }

  return {
    take: (callerId) => {
      const time = now();
      forgetOld(time);
      const own = callerId === undefined ? undefined : (usedBy.get(callerId) ?? 0);
      if (mayTake(used, own)) {
        count(bucketAt(time), callerId, 1);
        return 0;
      }
      if (callerId !== undefined && used < maxPerMinute) onLimited?.(callerId);
      return pauseOf(callerId, time);
    },
    giveBack: (callerId) => {
      const bucket = buckets.findLast(({ calls, byCaller }) =>
        callerId === undefined ? calls > 0 : byCaller.has(callerId),
      );
      if (bucket) count(bucket, callerId, -1);
    },
  };
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
