import type { StopSignal } from '../../domain/stop-signal.js';

/** Resolves after `ms`; rejects at once with the signal's reason when that aborts. */
export type Wait = (ms: number, signal: StopSignal) => Promise<void>;

/** Waits by the timers of the process. */
export const wait: Wait = (ms, signal) =>
  new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      // The reason is an Error of ours, or whatever the caller chose to abort with.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    }, ms);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
  });
