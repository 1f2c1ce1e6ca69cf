/**
 * Runs a task once at a time. Whoever asks while it runs gets the next run, which begins afterwards and is
 * shared by all who wait: each of them sees everything that was there when it asked.
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
  // Whoever started the run hears of its failure.
}
