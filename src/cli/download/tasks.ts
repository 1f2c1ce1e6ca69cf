import { setMaxListeners } from 'node:events';
import type pLimit from 'p-limit';
import type { Clock } from './request.js';

/**
 * Runs tasks that stop together: when one fails, or the caller stops, all are stopped, and it ends once all have ended.
 * @param act starts more tasks, now or later, by its second argument; gets the signal that stops them
 * @throws what failed first
 */
export async function together(
  outer: AbortSignal,
  act: (signal: AbortSignal, start: (task: () => Promise<void>) => void) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  // All connections listen to it, which Node would report as a leak from the eleventh listener on.
  setMaxListeners(0, signal);
  const tasks: Promise<void>[] = [];
  const start = (task: () => Promise<void>): void => {
    tasks.push(
      task().catch((error: unknown) => {
        stop.abort(error);
      }),
    );
  };
  start(() => act(signal, start));
  // A task may start others.
  for (const task of tasks) await task;
  stop.signal.throwIfAborted();
}

/** Calls `act` every so many milliseconds, one call after the other, until the signal aborts. */
export async function repeat(
  clock: Clock,
  ms: number,
  act: () => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(ms, signal).catch(() => undefined);
    if (signal.aborted) return;
    await act();
  }
}

/** Waits for so many places of a limit at once, and holds them during `act`. */
export async function holding<T>(
  limit: ReturnType<typeof pLimit>,
  places: number,
  act: () => Promise<T>,
): Promise<T> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const take = (): Promise<void> =>
    new Promise((resolve) => {
      void limit(() => {
        resolve();
        return released;
      });
    });
  try {
    await Promise.all(Array.from({ length: places }, take));
    return await act();
  } finally {
    release();
  }
}

/** Milliseconds of bytes that may come at once: shorter pauses cost more than they even out. */
const BURST_MS = 100;

/** Keeps all connections together to so many bytes per second; null for no limit. */
export function createThrottle(
  bytesPerSecond: number | null,
  clock: Clock,
): (bytes: number, signal: AbortSignal) => Promise<void> | undefined {
  if (bytesPerSecond === null) return () => undefined;
  let paidUntil = clock.awake();
  return (bytes, signal) => {
    const now = clock.awake();
    paidUntil = Math.max(paidUntil, now - BURST_MS) + (bytes * 1000) / bytesPerSecond;
    const waitMs = Math.ceil(paidUntil - now);
    return waitMs > BURST_MS ? clock.sleep(waitMs, signal) : undefined;
  };
}
