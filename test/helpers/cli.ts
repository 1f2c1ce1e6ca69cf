import { runBackups } from '../../src/cli/backups.js';
import type { Context } from '../../src/cli/command.js';
import { safeText } from '../../src/domain/safe-text.js';

/** The result of a run of `backups`. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions extends Partial<Context> {
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `backups` in this process, over real HTTP. Pauses take no time. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  const write = (text: string): void => {
    stderr += text;
  };
  const code = await runBackups(args, {
    env: {},
    cwd: process.cwd(),
    stdout: {
      write: (text) => {
        stdout += text;
        return Promise.resolve();
      },
    },
    say: (text) => {
      write(`${safeText(text)}\n`);
    },
    terminal: { isTerminal: false, columns: () => 80, write },
    signal: new AbortController().signal,
    now: () => new Date(),
    sleep: (_ms, signal) => {
      signal.throwIfAborted();
      return new Promise((resolve) => setImmediate(resolve));
    },
    random: Math.random,
    ...options,
  });
  return { code, stdout, stderr };
}

/** The lines of a text that ends in a newline. */
export function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}
