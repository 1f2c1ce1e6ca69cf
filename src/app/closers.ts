/** Closes one thing; has this many milliseconds of the grace period left. */
export type Close = (remainingMs: number) => Promise<void>;

/** What has been started, to be closed in the reverse order. */
export interface Closers {
  add(close: Close): void;
  /** @param graceMs what all of them have together, in milliseconds */
  closeAll(graceMs: number): Promise<void>;
}

export function createClosers(): Closers {
  const started: Close[] = [];
  return {
    add: (close) => void started.push(close),
    async closeAll(graceMs) {
      const end = performance.now() + graceMs;
      for (let close = started.pop(); close; close = started.pop()) {
        await close(Math.max(0, end - performance.now()));
      }
    },
  };
}
