import type { Deadline } from './deadline.js';

/** Limits concurrent calls. */
export interface FairQueue {
  /**
   * Takes a place; returns a promise only if there is none yet, which rejects as the deadline does.
   */
  enter(callerId: string, deadline: Deadline): Promise<void> | undefined;
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
  /** What waits, by caller in the order of their next turns. */
  const waiting = new Map<string, Set<() => void>>();
  let running = 0;

  function takeNext(): (() => void) | undefined {
    for (const [callerId, starts] of waiting) {
      waiting.delete(callerId);
      for (const start of starts) {
        starts.delete(start);
        if (starts.size > 0) waiting.set(callerId, starts);
        return start;
      }
    }
    return undefined;
  }

  function startNext(): void {
    while (running < limit()) {
      const start = takeNext();
      if (!start) return;
      running += 1;
      start();
    }
  }

  function leave(): void {
    running -= 1;
    startNext();
  }

  function giveUp(callerId: string, start: () => void): void {
    const starts = waiting.get(callerId);
    starts?.delete(start);
    if (starts?.size === 0) waiting.delete(callerId);
  }

  return {
    enter: (callerId, deadline) => {
      if (running < limit() && waiting.size === 0) {
        running += 1;
        return undefined;
      }
      return new Promise((resolve, reject) => {
        const start = (): void => {
          end();
          resolve();
        };
        const starts = waiting.get(callerId) ?? new Set();
        waiting.set(callerId, starts.add(start));
        const end = deadline.watch((reason) => {
          giveUp(callerId, start);
          // One of our errors, or the reason of an abort.
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
          reject(reason);
        });
        startNext();
      });
    },
    leave,
    waiting: () => [...waiting.values()].reduce((sum, starts) => sum + starts.size, 0),
    running: () => running,
  };
}
