import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program in a process of its own. */
export interface Child {
  /** What it wrote until it was ready. */
  readonly log: string;
  /** Stops it and waits for its end. */
  close(): Promise<void>;
}

/**
 * Starts a Node program and waits until it writes what tells that it is ready.
 * @throws Error with what it wrote when it ends before
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
  // It must not outlive a program that ends early.
  process.once('exit', () => child.kill());
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      // Read on, so that the pipe does not fill, but keep no more.
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
