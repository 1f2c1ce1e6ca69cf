/**
 * Runs tasks that stop together: when one fails, or the caller stops, all are stopped, and it ends once
 * all have ended.
 * @param body starts tasks, now or later, by its second argument; gets the signal that stops them
 * @throws what failed first
 */
export async function runTogether(
  signal: AbortSignal,
  body: (signal: AbortSignal, start: (task: Promise<void>) => void) => Promise<void>,
): Promise<void> {
  const own = new AbortController();
  const tasks: Promise<void>[] = [];
  const failures: unknown[] = [];
  const fail = (error: unknown): void => {
    failures.push(error);
    own.abort(error);
  };
  const start = (task: Promise<void>): void => void tasks.push(task.catch(fail));
  await body(AbortSignal.any([signal, own.signal]), start).catch(fail);
  // A task may have started others.
  for (let ended = 0; ended < tasks.length;) {
    const running = tasks.slice(ended);
    ended = tasks.length;
    await Promise.all(running);
  }
  if (failures.length > 0) throw failures[0];
}
