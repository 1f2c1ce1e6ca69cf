import type { StopSignal } from '../../domain/stop-signal.js';

/** Whose turn a task waits for. */
export interface Turn {
  readonly callerId: string;
  /** Aborting drops the task where it has not started. */
  readonly signal: StopSignal;
}

/** Lets calls run a few at a time. */
export interface FairQueue {
  /** Runs `task` in its turn. Rejects at once with the signal's reason when that aborts. */
  run<Result>(task: () => Promise<Result>, turn: Turn): Promise<Result>;
  /** Tasks that wait for their turn. */
  waiting(): number;
  /** Tasks that have started and not ended. */
  running(): number;
}

/** Callers take turns, so that the many calls of one do not hold up the single call of another. */
export function createFairQueue(maxConcurrency: number): FairQueue {
  const starts = createRounds<() => void>();
  let running = 0;

  const startNext = (): void => {
    while (running < maxConcurrency) {
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
          // The reason is an Error of ours, or whatever the caller chose to abort with.
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

/** Items of several callers, taken one of each caller in turn; those of one caller in their order. */
function createRounds<Item>() {
  /** Callers stand in the order of their next turn. */
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
