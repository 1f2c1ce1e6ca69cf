import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after `ms`; rejects at once with the signal's reason when that aborts. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** Waits by the timers of the process. */
export const wait: Wait = async (ms, signal) => {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
};
