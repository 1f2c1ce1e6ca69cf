/** Milliseconds between two lines of one kind. */
const INTERVAL = 60_000;

export interface RateLimited {
  /** Something of the kind happened: told at once, or with the next line. */
  readonly happened: () => void;
  /** Tells what has not been told yet. */
  readonly flush: () => void;
}

/**
 * Tells of what strangers can bring about as often as they like: one call a minute, with the number of
 * times since the call before.
 * @param now milliseconds of a clock that does not jump
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
