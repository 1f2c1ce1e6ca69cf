/** Milliseconds between two reports. */
const INTERVAL = 60_000;

export interface RateLimited {
  /** Reports an event immediately or with the next report. */
  readonly happened: () => void;
  /** Reports pending events. */
  readonly flush: () => void;
}

/**
 * Limits reports of events that strangers can trigger at will: one call a minute with the count
 * since the last one.
 * @param now a monotonic clock, in milliseconds
 */
export function byRate(
  tell: (count: number) => void,
  now: () => number = () => performance.now(),
): RateLimited {
  let untold = 0;
  let toldAt = -Infinity;

  function flush(): void {
    if (untold === 0) return;
    const count = untold;
    untold = 0;
    toldAt = now();
    tell(count);
  }

  return {
    happened() {
      untold += 1;
      if (now() - toldAt >= INTERVAL) flush();
    },
    flush,
  };
}
