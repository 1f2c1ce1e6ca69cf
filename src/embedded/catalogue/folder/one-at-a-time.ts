/**
 * Runs a task one at a time. A call during a run gets the next run, which starts afterwards and is shared by all
 * waiting calls: each sees everything that was there when it was made.
 */
export function oneAtATime(task: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  function start(): Promise<void> {
    const run = task().finally(() => {
      if (current === run) current = null;
    });
    current = run;
    return run;
  }

  return () => {
    if (next) return next;
    if (!current) return start();
    next = current.then(ignore, ignore).then(() => {
      next = null;
      return start();
    });
    return next;
  };
}

function ignore(): void {
  // The call that started the run gets its failure.
}
