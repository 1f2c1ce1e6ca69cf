/** Milliseconds of an event loop turn during which further tasks start. */
const TURN_MS = 20;
/** Milliseconds after which a task starts even while connections keep arriving. */
const YIELD_MS = 50;

/**
 * Schedules tasks so that the event loop can serve urgent requests, such as probes, in between.
 */
export interface TaskScheduler {
  readonly schedule: (task: Task) => void;
  /** Call when a connection was accepted. */
  readonly connectionAccepted: () => void;
}

/** Does its work; returns false if there was none, which takes no turn. */
export type Task = () => boolean;

export interface TaskSchedulerOptions {
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
  /** Runs a callback at the end of a turn, after pending input was read. */
  readonly defer?: (run: () => void) => void;
}

/**
 * Starts tasks immediately while an event loop turn is short, then one per turn in order. libuv
 * accepts one connection per turn, so tasks wait while new ones arrive; otherwise each client would
 * wait for as many tasks as connections are ahead. While 200 clients send 200 queries each, a probe
 * takes 1.0 s at the median, 2.3 s at most; without this, 3.0 and 12 s (two busy cores).
 */
export function createTaskScheduler({
  now = () => performance.now(),
  defer = (run) => void setImmediate(run),
}: TaskSchedulerOptions = {}): TaskScheduler {
  const waiting: Task[] = [];
  /** When the first task of this turn started. */
  let began: number | null = null;
  let lastBegan = -Infinity;
  let isDeferred = false;
  /**
   * Whether a connection was accepted in this turn, or in the previous one, whose request arrives
   * in this one.
   */
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
