/** The calls of the last minute, and who made them. */
export interface CallWindow {
  /**
   * Counts one call where there may be one more.
   * @param callerId whose share it is of; undefined is nobody's
   * @returns 0, or the milliseconds until there may be one, 60,000 or less
   */
  take(callerId: string | undefined): number;
  /** Forgets a call that was taken and is not made. */
  giveBack(callerId: string | undefined): void;
}

export interface CallWindowOptions {
  readonly maxPerMinute: number;
  /** Told of a caller that is refused while others are not. */
  readonly onLimited?: ((callerId: string) => void) | undefined;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** The longest anybody is asked to wait, in milliseconds. */
export const MINUTE_MS = 60_000;

/**
 * How long a call counts, in milliseconds: a second more than the minute that the upstream looks at, since
 * calls are on their way for different times.
 */
export const WINDOW_MS = MINUTE_MS + 1000;

/** Calls of one second are counted together, and count as long as the last of them. */
const BUCKET_MS = 1000;

/** The part of the budget that is kept for callers who have used little: one in five. */
const RESERVED_PART = 5;

/** The calls of a budget that one caller cannot use up alone. */
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
 * Counts over a window that moves with the clock, so that no 60 seconds have more calls than allowed. Of
 * the last calls that are left in it, the reserve, a caller gets one only where it has used no more than
 * are left: whoever comes new is served, however many others have used much.
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

  /** When enough of the calls no longer count. */
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

/** Brings a wait into the range that makes sense, whoever it comes from. */
export function toPause(ms: number): number {
  return Math.min(MINUTE_MS, Math.max(1, Math.ceil(ms)));
}

/** A caller without calls takes no room. */
function add(counts: Map<string, number>, callerId: string, by: number): void {
  const sum = (counts.get(callerId) ?? 0) + by;
  if (sum > 0) counts.set(callerId, sum);
  else counts.delete(callerId);
}
