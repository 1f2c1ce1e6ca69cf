import type { Clock } from './request.js';

const INTERVAL_MS = 500;

/** Calls `tick` twice a second, and once at the end, while `work` runs. */
export async function withTicks<T>(
  clock: Clock,
  tick: () => void,
  work: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const ticking = (async () => {
    for (;;) {
      await clock.sleep(INTERVAL_MS, ended.signal);
      tick();
    }
  })().catch(() => undefined);
  try {
    return await work();
  } finally {
    ended.abort(new Error('the work has ended'));
    await ticking;
    tick();
  }
}
