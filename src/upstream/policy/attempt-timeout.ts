import { createStopController, type StopSignal } from '../../domain/stop-signal.js';

/**
 * Runs one attempt with an end of its own inside the deadline of the call.
 * @returns 'timed-out' when the attempt's own time is over
 * @throws the reason of `deadline` when that aborts, else whatever `run` throws
 */
export async function withAttemptTimeout<Result>(
  ms: number,
  deadline: StopSignal,
  run: (signal: StopSignal) => Promise<Result>,
): Promise<Result | 'timed-out'> {
  deadline.throwIfAborted();
  const attempt = createStopController();
  const abort = (): void => {
    attempt.abort(undefined);
  };
  const timer = setTimeout(abort, ms);
  deadline.addEventListener('abort', abort);
  try {
    return await run(attempt.signal);
  } catch (error) {
    deadline.throwIfAborted();
    if (attempt.signal.aborted) return 'timed-out';
    throw error;
  } finally {
    clearTimeout(timer);
    deadline.removeEventListener('abort', abort);
  }
}
