import type { StopSignal } from '../../domain/stop-signal.js';

/** The caller and signal of a queued task. */
export interface Turn {
  readonly callerId: string;
  /** Aborting removes the task unless it has started. */
  readonly signal: StopSignal;
}

/** Limits concurrent calls. */
export interface FairQueue {
  /** Runs `task` in turn. Rejects with the signal's reason once it aborts. */
  run<Result>(task: () => Promise<Result>, turn: Turn): Promise<Result>;
  /** The number of queued tasks. */
  waiting(): number;
  /** The number of running tasks. */
  running(): number;
}

/**
 * Creates a queue in which callers take turns, so that many calls of one do not delay a single call
 * of another.
 * @param limit returns how many tasks can run; it is looked up whenever a task comes or ends
 */
export function createFairQueue(limit: () => number): FairQueue {
  const starts = createRounds<() => void>();
  let running = 0;

  const startNext = (): void => {
    while (running < limit()) {
      const start = starts.next();
      if (start === undefined) return;
      running += 1;
      start();
    }
  };

  return {
    run: (task, { callerId, signal }) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const leave = (): void => {
          starts.remove(callerId, start);
          // The reason is one of our errors or chosen by the caller.
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
          reject(signal.reason);
        };
        const start = (): void => {
          const end = (): void => {
            signal.removeEventListener('abort', leave);
            running -= 1;
            startNext();
          };
          const work = task();
          void work.then(resolve, reject);
          void work.then(end, end);
        };
        signal.addEventListener('abort', leave);
        starts.add(callerId, start);
        startNext();
      }),
    waiting: () => starts.size(),
    running: () => running,
  };
}

/** Round-robin over callers, in order per caller. */
function createRounds<Item>() {
  /** Callers in the order of their next turn. */
  const byCaller = new Map<string, Set<Item>>();
  return {
    add: (callerId: string, item: Item): void => {
      const items = byCaller.get(callerId) ?? new Set();
      byCaller.set(callerId, items.add(item));
    },
    remove: (callerId: string, item: Item): void => {
      const items = byCaller.get(callerId);
      items?.delete(item);
      if (items?.size === 0) byCaller.delete(callerId);
    },
    next: (): Item | undefined => {
      for (const [callerId, items] of byCaller) {
        byCaller.delete(callerId);
        for (const item of items) {
          items.delete(item);
          if (items.size > 0) byCaller.set(callerId, items);
          return item;
        }
      }
      return undefined;
    },
    size: (): number => [...byCaller.values()].reduce((sum, items) => sum + items.size, 0),
  };
}
