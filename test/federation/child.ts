import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program in a separate process. */
export interface Child {
  /** Its output until it was ready. */
  readonly log: string;
  /** Stops it and waits for its end. */
  close(): Promise<void>;
}

/**
 * Starts a Node program and waits for the output that reports readiness.
 * @throws Error with its output if it exits first
 */
export async function startChild(
  options: readonly string[],
  env: Readonly<Record<string, string>>,
  ready: string,
): Promise<Child> {
  const child = spawn(process.execPath, options, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  // It must not outlive its parent.
  process.once('exit', () => child.kill());
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      // Keep reading so that the pipe does not fill, but store nothing.
      if (log.includes(ready)) return;
      log += chunk.toString();
      if (log.includes(ready)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('close', () => {
      reject(new Error(`${options.join(' ')} did not start:\n${log}`));
    });
  });
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  return { log, close };
}
