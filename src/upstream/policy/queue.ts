import pLimit from 'p-limit';
import { orAborted } from './or-aborted.js';

/** Lets calls run a few at a time. */
export interface CallQueue {
  /** Runs `task` in its turn. Rejects at once with the signal's reason when that aborts. */
  run<Result>(task: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
}

/** First come, first served. An aborted task that has not started never does. */
export function createCallQueue(maxConcurrency: number): CallQueue {
  const limit = pLimit(maxConcurrency);
  return {
    run: (task, signal) => {
      const turn = limit(() => {
        signal.throwIfAborted();
        return task();
      });
      return orAborted(turn, signal);
    },
  };
}
