import { UpstreamError } from '../../domain/errors.js';
import { createStopController, type StopSignal } from '../../domain/stop-signal.js';

/** The end of one call: over its queue, waits, connections and all attempts. */
export interface Deadline {
  /** Aborts with UPSTREAM_TIMEOUT at the end, or earlier with the caller's reason. */
  readonly signal: StopSignal;
  /** Milliseconds left. */
  remaining(): number;
  /** Lets go of timer and caller; call it when the work is over. */
  clear(): void;
}

export function startDeadline(ms: number, now: () => number, caller?: StopSignal): Deadline {
  const controller = createStopController();
  const end = now() + ms;
  const timer = setTimeout(() => {
    controller.abort(timedOut());
  }, ms);
  const follow = (): void => {
    controller.abort(caller?.reason);
  };
  if (caller?.aborted) follow();
  caller?.addEventListener('abort', follow);
  return {
    signal: controller.signal,
    remaining: () => end - now(),
    clear: () => {
      clearTimeout(timer);
      caller?.removeEventListener('abort', follow);
    },
  };
}

export function timedOut(): UpstreamError {
  return new UpstreamError('UPSTREAM_TIMEOUT', 'The upstream did not answer in time.');
}
