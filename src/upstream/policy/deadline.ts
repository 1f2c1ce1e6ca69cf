import { UpstreamError } from '../../domain/errors.js';
import { createStopController, type StopSignal } from '../../domain/stop-signal.js';

/** The deadline of a call, across queueing, waits, connections and attempts, or of one attempt. */
export interface Deadline {
  /** Aborts with UPSTREAM_TIMEOUT, or earlier with the reason of the outer signal. */
  readonly signal: StopSignal;
  /** Milliseconds left. */
  remaining(): number;
  /** Releases the timer and outer signal; call it when the work is done. */
  clear(): void;
}

/**
 * Starts a deadline on a monotonic clock.
 * @param outer signal of the caller, or of the call an attempt belongs to
 */
export function startDeadline(ms: number, outer?: StopSignal): Deadline {
  const controller = createStopController();
  const end = performance.now() + ms;
  const timer = setTimeout(() => {
    controller.abort(timedOut());
  }, ms);
  const follow = (): void => {
    controller.abort(outer?.reason);
  };
  if (outer?.aborted) follow();
  outer?.addEventListener('abort', follow);
  return {
    signal: controller.signal,
    remaining: () => end - performance.now(),
    clear: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', follow);
    },
  };
}

export function timedOut(): UpstreamError {
  return new UpstreamError(
    'UPSTREAM_TIMEOUT',
    'The upstream did not respond in time; retry later.',
  );
}

/** Whether an error is a timeout, rather than an abort by the caller. */
export function isTimeout(error: unknown): boolean {
  return error instanceof UpstreamError && error.code === 'UPSTREAM_TIMEOUT';
}
