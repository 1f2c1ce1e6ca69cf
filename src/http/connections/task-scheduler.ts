/** Milliseconds of one turn of the event loop in which further tasks are begun. */
const TURN_MS = 20;
/** Milliseconds after which a task begins although connections go on arriving. */
const YIELD_MS = 50;

/** Begins tasks so that the event loop has time for what has to be answered at once, a probe say. */
export interface TaskScheduler {
  readonly schedule: (task: Task) => void;
  /** A connection was accepted. */
  readonly connectionAccepted: () => void;
}

/** Does its work; false where there is none any more, which takes no turn. */
export type Task = () => boolean;

export interface TaskSchedulerOptions {
  /** Milliseconds of a clock that does not jump. */
  readonly now?: () => number;
  /** Runs something at the end of a turn, after what has arrived by then was read. */
  readonly defer?: (run: () => void) => void;
}

/**
 * Tasks begin at once while a turn of the event loop is short; later ones wait for the turns after, one
 * in each, in their order. libuv accepts one connection in a turn: while new ones keep arriving, tasks
 * wait, or whoever connects would wait for as many tasks as connections are ahead.
 */
export function createTaskScheduler({
  now = () => performance.now(),
  defer = (run) => void setImmediate(run),
}: TaskSchedulerOptions = {}): TaskScheduler {
  const waiting: Task[] = [];
  /** When the first task of this turn began. */
  let began: number | null = null;
  let lastBegan = -Infinity;
  let isDeferred = false;
  /** Whether a connection was accepted in this turn, and in the one before, whose request comes in this. */
  let hasArrived = false;
  let hadArrived = false;

  function endTurn(): void {
    isDeferred = false;
    began = null;
    hadArrived = hasArrived;
    hasArrived = false;
    if (waiting.length > 0 && !mayYield()) begin();
    if (waiting.length > 0 || hadArrived) deferEnd();
  }

  const mayYield = (): boolean => hadArrived && now() - lastBegan < YIELD_MS;

  function deferEnd(): void {
    if (isDeferred) return;
    isDeferred = true;
    defer(endTurn);
  }

  function begin(): void {
    lastBegan = now();
    began ??= lastBegan;
    deferEnd();
    while (waiting.length > 0) {
      if (waiting.shift()?.() === true) return;
    }
  }

  return {
    schedule(task) {
      waiting.push(task);
      const isLong = began !== null && now() - began > TURN_MS;
      if (waiting.length > 1 || isLong || hasArrived || hadArrived) deferEnd();
      else begin();
    },
    connectionAccepted() {
      hasArrived = true;
      deferEnd();
    },
  };
}
