import { setTimeout as wait } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { readEnv } from '../config/env.js';
import { EXIT, ReaderGoneError } from './cli-error.js';
import type { Context, Output } from './command.js';
import { safeText } from '../domain/safe-text.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The world of this process: its streams, environment, clock and signals. */
export function createProcessContext(): Context {
  const env = readEnv();
  // The terminal may be closed.
  process.stderr.on('error', () => undefined);
  const isTerminal = isatty(2);
  return {
    env,
    cwd: workingFolder(env),
    stdout: standardOutput(),
    terminal: {
      // One without control sequences gets lines, as a log does.
      isTerminal: isTerminal && env['TERM'] !== 'dumb',
      columns: () => process.stderr.columns || 80,
      write: (text) => void process.stderr.write(text),
    },
    say: (text) => void process.stderr.write(`${safeText(text)}\n`),
    signal: stopSignal(isTerminal),
    now: () => new Date(),
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      await wait(ms, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    },
    random: Math.random,
  };
}

/** npm runs scripts in the folder of the package; paths are relative to where it was called. */
function workingFolder(env: Context['env']): string {
  const isScript = env['npm_lifecycle_event'] === 'add-backup';
  return (isScript ? env['INIT_CWD'] : undefined) ?? process.cwd();
}

function standardOutput(): Output {
  let isGone = false;
  process.stdout.on('error', () => {
    isGone = true;
  });
  return {
    columns: () => (process.stdout.isTTY ? process.stdout.columns : undefined),
    write: (text) =>
      new Promise((resolve, reject) => {
        if (isGone) {
          reject(new ReaderGoneError());
          return;
        }
        process.stdout.write(text, (error) => {
          if (error == null) resolve();
          else reject(isReaderGone(error) ? new ReaderGoneError() : error);
        });
      }),
  };
}

function isReaderGone(error: Error): boolean {
  return ['EPIPE', 'ECONNRESET', 'EOF', 'ERR_STREAM_DESTROYED'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
}

/**
 * The first signal asks to stop, a second one stops. The end of a session stops only what is shown on its terminal:
 * `nohup` and a background job are to go on, and Node does not tell that a parent ignored SIGHUP.
 */
function stopSignal(isOnTerminal: boolean): AbortSignal {
  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (name === 'SIGHUP' && !isOnTerminal) return;
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort(new Error(`Stopped by ${name}.`));
  };
  for (const name of [...STOP_SIGNALS, 'SIGHUP'] as const) process.on(name, onSignal);
  return stop.signal;
}

/** Once the work is done, only a blocked write is left to stop. */
export function endAtSignals(): void {
  for (const name of STOP_SIGNALS) process.removeAllListeners(name);
}
