import { CliError, EXIT, ReaderGoneError, type ExitCode } from './cli-error.js';
import type { Command, Context } from './command.js';
import { programVersion } from '../config/program-version.js';
import { createProcessContext, endAtSignals } from './process-context.js';

/** Loaded when it is called for, so that none waits for what another needs. */
interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  instances: {
    summary: 'list the instances that have backups',
    load: async () => (await import('./commands/instances.js')).instances,
  },
  list: {
    summary: 'list the backups of an instance',
    load: async () => (await import('./commands/list.js')).list,
  },
  files: {
    summary: 'list the files of a backup',
    load: async () => (await import('./commands/files.js')).files,
  },
  link: {
    summary: 'print a download link',
    load: async () => (await import('./commands/link.js')).link,
  },
  get: {
    summary: 'download a backup',
    load: async () => (await import('./commands/get.js')).get,
  },
  wait: {
    summary: 'wait until a backup can be downloaded',
    load: async () => (await import('./commands/wait.js')).wait,
  },
  add: {
    summary: "add a backup to the service's own store",
    load: async () => (await import('./commands/add.js')).add,
  },
  own: {
    summary: "list what the service's own store holds",
    load: async () => (await import('./commands/own.js')).own,
  },
  remove: {
    summary: "remove a backup from the service's own store",
    load: async () => (await import('./commands/remove.js')).remove,
  },
};

const HELP = `Usage: backups <command> [options]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}\n`)
  .join('')}
  backups <command> --help   the options of a command, with examples
  backups --version          the version

The service is at --url or BACKUPS_URL, by default http://127.0.0.1:4000. If it requires a token, set
BACKUPS_TOKEN, or name a file that holds it with --token-file.

Exit codes: 0 done, 1 internal error, 2 wrong usage, 3 not permitted, 4 not found or not available
(yet), 5 network or service failed, 6 verification failed, 130 interrupted.
`;

/**
 * Runs one command line.
 * @param args those after the name of the program
 * @returns the exit code; failures are reported on standard error
 */
export async function runBackups(args: readonly string[], context: Context): Promise<ExitCode> {
  try {
    await dispatch(args, context);
    return EXIT.done;
  } catch (error) {
    return tell(error, context);
  }
}

/** Runs the command line of this process. */
export async function main(): Promise<void> {
  const context = createProcessContext();
  const code = await runBackups(process.argv.slice(2), context);
  process.exitCode = code;
  endAtSignals();
  // A write that nobody takes, or a program that was asked for credentials, must not hold up the end.
  if (context.signal.aborted || code !== EXIT.done) process.exit(code);
}

async function dispatch(args: readonly string[], context: Context): Promise<void> {
  const { leading, name, rest } = splitCommand(args);
  if (name === '--version' || name === '-v' || name === 'version') {
    return context.stdout.write(`${programVersion()}\n`);
  }
  const isHelp = name === '--help' || name === '-h' || name === 'help';
  const subject = isHelp ? rest[0] : name;
  if (subject === undefined) return context.stdout.write(HELP);
  const entry = Object.hasOwn(COMMANDS, subject) ? COMMANDS[subject] : undefined;
  if (entry === undefined) {
    const names = Object.keys(COMMANDS).join(', ');
    throw new CliError(EXIT.usage, `Unknown command; give one of ${names}.`);
  }
  const command = await entry.load();
  if (isHelp || asksForHelp(rest)) return context.stdout.write(command.help);
  return command.run([...leading, ...rest], context);
}

/** The options of every command may stand before its name, too. */
function splitCommand(args: readonly string[]) {
  const leading: string[] = [];
  let at = 0;
  for (let arg = args[at]; arg !== undefined; arg = args[at]) {
    const isService = /^--(url|token-file)(=|$)/.test(arg);
    if (!isService) break;
    const taken = arg.includes('=') ? 1 : 2;
    leading.push(...args.slice(at, at + taken));
    at += taken;
  }
  return { leading, name: args[at], rest: args.slice(at + 1) };
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  return options.includes('--help') || options.includes('-h');
}

function tell(error: unknown, { say, signal }: Context): ExitCode {
  if (error instanceof ReaderGoneError) return error.exitCode;
  if (signal.aborted) {
    say(error instanceof CliError ? `backups: ${error.message}` : 'Interrupted.');
    return EXIT.interrupted;
  }
  if (error instanceof CliError) {
    say(`backups: ${error.message}`);
    return error.exitCode;
  }
  const reason = error instanceof Error ? error.message : String(error);
  say(`backups: The program failed: ${reason}`);
  return EXIT.fault;
}
