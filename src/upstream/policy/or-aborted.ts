import type { StopSignal } from '../../domain/stop-signal.js';

/** Settles as `work` does, or rejects with the signal's reason as soon as that aborts. */
export function orAborted<Result>(
  work: Promise<Result>,
  signal: StopSignal | undefined,
): Promise<Result> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      // The reason is an Error of ours, or whatever the caller chose to abort with.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal.reason);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}
