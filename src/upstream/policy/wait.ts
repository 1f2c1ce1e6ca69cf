import { orAborted, type StopSignal } from '../../domain/stop-signal.js';

/** Resolves after `ms` milliseconds; rejects with the signal's reason once it aborts. */
export type Wait = (ms: number, signal: StopSignal) => Promise<void>;

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
