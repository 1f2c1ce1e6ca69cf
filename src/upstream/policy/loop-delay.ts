import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late this process reads what has arrived, because it is busy or the machine is. */
export interface LoopDelay {
  /** Milliseconds on average over about the last 100 ms. */
  recent(): number;
  /** Releases its timer. */
  close(): void;
}

const RESOLUTION_MS = 10;
const REFRESH_MS = 100;

export function createLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let recent = 0;
  let asOf = performance.now();
  return {
    recent: () => {
      const time = performance.now();
      if (time - asOf < REFRESH_MS || histogram.count === 0) return recent;
      asOf = time;
      recent = Math.max(0, histogram.mean / 1e6 - RESOLUTION_MS);
      histogram.reset();
      return recent;
    },
    close: () => {
      histogram.disable();
    },
  };
}
