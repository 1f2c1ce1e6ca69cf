import { setTimeout as wait } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { readEnv } from '../config/env.js';
import { ReaderGoneError } from './cli-error.js';
import type { Context, Output } from './command.js';
import { EXIT } from './exit-codes.js';
import { safeText } from './terminal/safe-text.js';

/** The world of this process: its streams, environment, clock and signals. */
export function createProcessContext(): Context {
  const env = readEnv();
  // The terminal may be gone: then there is nobody to tell.
  process.stderr.on('error', () => undefined);
  return {
    env,
    cwd: workingFolder(env),
    stdout: standardOutput(),
    terminal: {
      isTerminal: isatty(2),
      columns: () => process.stderr.columns || 80,
      write: (text) => void process.stderr.write(text),
    },
    say: (text) => void process.stderr.write(`${safeText(text)}\n`),
    signal: stopSignal(),
    now: () => new Date(),
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      await wait(ms, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    },
    random: Math.random,
  };
}

/** npm starts scripts in the folder of the package; paths are meant from where it was called. */
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

/** The first signal asks to stop, a second one stops. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(EXIT.interrupted);
      stop.abort(new Error(`Stopped by ${name}.`));
    });
  }
  return stop.signal;
}
