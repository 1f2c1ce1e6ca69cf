import { UpstreamError } from '../../domain/errors.js';
import { createStopController, type StopSignal } from '../../domain/stop-signal.js';

/** The end of one call, over its queue, waits, connections and all attempts; or of one attempt. */
export interface Deadline {
  /** Aborts with UPSTREAM_TIMEOUT at the end, or earlier with the reason of what it is inside of. */
  readonly signal: StopSignal;
  /** Milliseconds left. */
  remaining(): number;
  /** Lets go of timer and caller; call it when the work is over. */
  clear(): void;
}

/**
 * Its clock is that of the process, which never goes back.
 * @param outer of the caller, or of the call an attempt belongs to
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
  return new UpstreamError('UPSTREAM_TIMEOUT', 'The upstream did not answer in time.');
}

/** Whether a deadline has passed; a caller that is gone is another error. */
export function isTimeout(error: unknown): boolean {
  return error instanceof UpstreamError && error.code === 'UPSTREAM_TIMEOUT';
}
