import { BrokenLineError } from '../answer/broken-line.js';
import type { Clock } from '../request.js';

export interface StallWatch {
  /** Aborts when the caller stops, and when the line stands still. */
  readonly signal: AbortSignal;
  readonly touched: () => void;
  /** Waits for `other`, during which it is not the line that stands still. */
  readonly pause: (other: Promise<void>) => Promise<void>;
  /** Why something failed that the signal may have stopped. */
  readonly cause: (error: unknown) => Error;
  readonly stop: () => void;
}

/** Watches one request: it is stopped after `stallMs` milliseconds without a byte. */
export function watchForStall(options: {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly stallMs: number;
}): StallWatch {
  const { clock, signal, stallMs } = options;
  const own = new AbortController();
  const ended = new AbortController();
  let lastByteAt = clock.now();
  let isPaused = false;
  const pass = (): void => {
    own.abort(signal.reason);
  };
  if (signal.aborted) pass();
  else signal.addEventListener('abort', pass, { once: true });

  async function watch(): Promise<void> {
    for (;;) {
      const left = isPaused ? stallMs : lastByteAt + stallMs - clock.now();
      if (left <= 0) break;
      await clock.sleep(left, ended.signal);
    }
    own.abort(new BrokenLineError(`nothing was received for ${Math.round(stallMs / 1000)} s`));
  }
  // The reader of a pipe may never continue.
  const aborted = new Promise<never>((_, reject) => {
    own.signal.addEventListener('abort', () => reject(toError(own.signal.reason)), { once: true });
  });
  aborted.catch(() => undefined);
  // It ends by the signal of its end, and fails by nothing else.
  watch().catch(() => undefined);

  return {
    signal: own.signal,
    touched: () => {
      lastByteAt = clock.now();
    },
    pause: async (other) => {
      isPaused = true;
      try {
        await Promise.race([other, aborted]);
      } finally {
        isPaused = false;
        lastByteAt = clock.now();
      }
    },
    cause: (error) => toError(own.signal.aborted ? own.signal.reason : error),
    stop: () => {
      signal.removeEventListener('abort', pass);
      ended.abort(new Error('the request has ended'));
    },
  };
}

/** What was thrown, which can be anything. */
export function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
