import { UpstreamError } from '../../domain/errors.js';
import { orAborted, type StopSignal } from '../../domain/stop-signal.js';
import { LATE } from '../outcome.js';

/**
 * The end of a call across queueing, waits and attempts: its deadline on a monotonic clock, or
 * earlier the leaving of its caller. It needs a timer only while something is waited for.
 */
export class Deadline {
  readonly #end: number;

  constructor(
    ms: number,
    readonly signal?: StopSignal,
  ) {
    this.#end = performance.now() + ms;
  }

  /** Milliseconds left. */
  remaining(): number {
    return this.#end - performance.now();
  }

  /** @throws the reason of the signal, or UPSTREAM_TIMEOUT */
  check(): void {
    this.signal?.throwIfAborted();
    if (this.remaining() <= 0) throw timedOut();
  }

  /**
   * Calls `over` once, with what `check` throws, when the time is up or the signal is aborted.
   * @returns a function that stops watching
   */
  watch(over: (reason: unknown) => void): () => void {
    const { signal } = this;
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', left);
    };
    const left = (): void => {
      end();
      over(signal?.reason);
    };
    const late = (): void => {
      end();
      over(timedOut());
    };
    const timer = setTimeout(late, Math.max(0, this.remaining()));
    if (signal?.aborted) left();
    else signal?.addEventListener('abort', left);
    return end;
  }

  /** Settles like `work` if that is in time. @throws like `check` */
  async inTime<Result>(work: Promise<Result>): Promise<Result> {
    let end = (): void => undefined;
    const over = new Promise<never>((_, reject) => {
      end = this.watch(reject);
    });
    return Promise.race([work, over]).finally(end);
  }
}

function timedOut(): UpstreamError {
  return new UpstreamError('UPSTREAM_TIMEOUT', LATE);
}

/** Resolves after `ms` milliseconds; rejects with the signal's reason once it aborts. */
export type Wait = (ms: number, signal: StopSignal | undefined) => Promise<void>;

/** Waits with process timers. */
export const wait: Wait = (ms, signal) => {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return orAborted(elapsed, signal, () => {
    clearTimeout(timer);
  });
};
