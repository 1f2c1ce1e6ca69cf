import { isatty } from 'node:tty';
import { readEnv } from '../../config/env.js';
import { CliError } from '../cli-error.js';
import type { Command, Context } from '../command.js';
import { add } from '../commands/add.js';
import { own } from '../commands/own.js';
import { remove } from '../commands/remove.js';
import { EXIT } from '../exit-codes.js';
import { safeText } from '../terminal/safe-text.js';

/** The commands of `backups` for the owner of the store, of which `add` may be left out. */
const COMMANDS: Readonly<Record<string, Command>> = { add, list: own, remove };

/** A terminal sends a signal, and npm passes it on: one that comes again must not cut the cleaning short. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `npm run add-backup`. Ends by the signal that stopped it, so that the calling shell sees that. */
export async function runOwnProgram(): Promise<void> {
  const stop = new AbortController();
  let stoppedBy: NodeJS.Signals | undefined;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      stoppedBy ??= signal;
      stop.abort(new Error(`Stopped by ${signal}`));
    });
  }
  await runCommand(process.argv.slice(2), createContext(stop.signal));
  if (stoppedBy === undefined) return;
  process.removeAllListeners(stoppedBy);
  process.kill(process.pid, stoppedBy);
}

async function runCommand(all: readonly string[], context: Context): Promise<void> {
  const [name = '', ...others] = all;
  const isNamed = Object.hasOwn(COMMANDS, name);
  const command = (isNamed ? COMMANDS[name] : undefined) ?? add;
  const args = isNamed ? others : all;
  try {
    if (args.includes('--help') || args.includes('-h')) await context.stdout.write(command.help);
    else await command.run(args, context);
  } catch (error) {
    context.say(error instanceof Error ? error.message : String(error));
    process.exitCode = error instanceof CliError ? error.exitCode : EXIT.fault;
  }
}

function createContext(signal: AbortSignal): Context {
  const env = readEnv();
  const isScript = env['npm_lifecycle_event'] === 'add-backup';
  return {
    env,
    // npm starts in the folder of the package; paths are meant from where it was called.
    cwd: (isScript ? env['INIT_CWD'] : undefined) ?? process.cwd(),
    stdout: {
      write: (text) => {
        process.stdout.write(text);
        return Promise.resolve();
      },
    },
    terminal: {
      isTerminal: isatty(2),
      columns: () => process.stderr.columns || 80,
      write: (text) => void process.stderr.write(text),
    },
    say: (text) => void process.stderr.write(`${safeText(text)}\n`),
    signal,
    now: () => new Date(),
    sleep: () => Promise.reject(new Error('no command here waits')),
    random: Math.random,
  };
}
