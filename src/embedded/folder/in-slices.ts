import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds of work before requests get their turn. */
const SLICE_MS = 4;

/**
 * Acts on each item in slices of a few milliseconds, with a turn of others, or a rest of milliseconds,
 * between them; stops once the signal is aborted.
 */
export type InSlices = <Item>(
  items: Iterable<Item>,
  act: (item: Item) => unknown,
  restMs?: number,
) => Promise<void>;

export function createSlices(signal: AbortSignal): InSlices {
  return async (items, act, restMs = 0) => {
    let end = performance.now() + SLICE_MS;
    for (const item of items) {
      if (signal.aborted) return;
      act(item);
      if (performance.now() < end) continue;
      await (restMs > 0 ? pause(restMs, signal) : nextTurn());
      end = performance.now() + SLICE_MS;
    }
  };
}

/** Resolves after so many milliseconds, to false once the signal is aborted. Keeps no process alive. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal, ref: false }).catch(() => false);
}
