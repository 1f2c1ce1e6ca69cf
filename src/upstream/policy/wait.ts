import { orAborted, type StopSignal } from '../../domain/stop-signal.js';

/** Resolves after `ms`; rejects at once with the signal's reason when that aborts. */
export type Wait = (ms: number, signal: StopSignal) => Promise<void>;

/** Waits by the timers of the process. */
export const wait: Wait = (ms, signal) => {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return orAborted(elapsed, signal, () => {
    clearTimeout(timer);
  });
};
