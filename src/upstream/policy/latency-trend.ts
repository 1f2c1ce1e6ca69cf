/** Judges the latency of one operation against its own usual latency. */
export interface LatencyTrend {
  /** Records a successful call; returns whether it took unusually long. */
  isSlow(call: TimedCall): boolean;
  /** The number of the call since which two windows in a row were slow; undefined if none were. */
  slowSince(): number | undefined;
}

export interface TimedCall {
  /** Calls are numbered in the order they are sent. */
  readonly number: number;
  /** The number of the newest call sent. */
  readonly newest: number;
  readonly ms: number;
  /** How late this process reads what arrives, in milliseconds. */
  readonly loopDelay: number;
  /** When it ended, by a monotonic clock, in milliseconds. */
  readonly endedAt: number;
  /** So many calls are in flight that they can be the reason for a higher latency. */
  readonly isCrowded: boolean;
}

/** A call is slow beyond twice the usual latency, since noise of 80 % is common … */
const SLOW_FACTOR = 2;
/** … and so many milliseconds: of faster calls, much is spent in this process … */
const SLACK_MS = 50;
/** … and so many times what this process is late, to connect, to send and to read. */
const DELAYS = 3;

/** Calls in a window, and how many of them, slow, make it slow. */
const WINDOW = { calls: 20, slowCalls: 16 };

/** Time constants in milliseconds with which the usual latency follows that of the windows. */
const RISE_MS = 60_000;
const FALL_MS = 5000;

/**
 * Creates a trend without a usual latency, which is that of the first window. It then follows a
 * lower latency quickly, and a higher one slowly, so that a jam shows; after a lasting rise, for
 * example when the upstream moved to another region, calls are usual again within a minute. It
 * does not follow a rise that is crowded.
 *
 * A window is slow if four in five of its calls are. It counts only calls sent after the window
 * before it was full, so that one pause of this process, which delays all calls in flight, makes one
 * slow window, not two.
 */
export function createLatencyTrend(): LatencyTrend {
  let usualMs: number | undefined;
  let usualAt = 0;
  let wasSlow = false;
  let since: number | undefined;
  let [previous, current] = [0, 0];
  let [calls, slowCalls, sumMs] = [0, 0, 0];

  const follow = (ms: number, { endedAt, isCrowded }: TimedCall): void => {
    const elapsed = Math.max(0, endedAt - usualAt);
    usualAt = endedAt;
    usualMs ??= ms;
    if (ms > usualMs && isCrowded) return;
    const constant = ms > usualMs ? RISE_MS : FALL_MS;
    usualMs += (ms - usualMs) * (1 - Math.exp(-elapsed / constant));
  };
  const startNextWindow = (last: TimedCall): void => {
    const isWindowSlow = slowCalls >= WINDOW.slowCalls;
    since = wasSlow && isWindowSlow ? previous : undefined;
    wasSlow = isWindowSlow;
    follow(sumMs / WINDOW.calls, last);
    [previous, current] = [current, last.newest];
    [calls, slowCalls, sumMs] = [0, 0, 0];
  };

  return {
    isSlow: (call) => {
      const slack = SLACK_MS + DELAYS * call.loopDelay;
      const isSlow = usualMs !== undefined && call.ms > SLOW_FACTOR * usualMs + slack;
      if (call.number <= current) return isSlow;
      calls += 1;
      sumMs += call.ms;
      if (isSlow) slowCalls += 1;
      if (calls === WINDOW.calls) startNextWindow(call);
      return isSlow;
    },
    slowSince: () => since,
  };
}
