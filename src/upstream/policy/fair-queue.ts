import type { StopSignal } from '../../domain/stop-signal.js';

/** Who waits for a place, and until when. */
export interface Turn {
  readonly callerId: string;
  /** Aborting gives up waiting. */
  readonly signal: StopSignal;
}

/** Limits concurrent calls. */
export interface FairQueue {
  /**
   * Takes a place; returns a promise only if there is none yet. It rejects with the signal's reason
   * once that aborts.
   */
  enter(turn: Turn): Promise<void> | undefined;
  /** Gives the place back. */
  leave(): void;
  /** The number of calls that wait. */
  waiting(): number;
  /** The number of places taken. */
  running(): number;
}

/**
 * Creates a queue in which callers take turns, so that many calls of one do not delay a single call
 * of another.
 * @param limit returns how many places there are; it is looked up whenever a call comes or ends
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
    enter: ({ callerId, signal }) => {
      if (running < limit() && starts.isEmpty() && !signal.aborted) {
        running += 1;
        return undefined;
      }
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const giveUp = (): void => {
          starts.remove(callerId, start);
          // The reason is one of our errors or chosen by the caller.
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
          reject(signal.reason);
        };
        const start = (): void => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        };
        signal.addEventListener('abort', giveUp);
        starts.add(callerId, start);
        startNext();
      });
    },
    leave: () => {
      running -= 1;
      startNext();
    },
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
    isEmpty: (): boolean => byCaller.size === 0,
    size: (): number => [...byCaller.values()].reduce((sum, items) => sum + items.size, 0),
  };
}
