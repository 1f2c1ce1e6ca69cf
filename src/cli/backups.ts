import { CliError, EXIT, ReaderGoneError, type ExitCode } from './cli-error.js';
import type { Command, Context } from './command.js';
import { programVersion } from '../config/program-version.js';
import { createProcessContext, endAtSignals } from './process-context.js';

type Load = () => Promise<{ readonly command: Command }>;

/** What each command does, and its module: loaded when it is called for, so that none waits for what another needs. */
const COMMANDS: Readonly<Record<string, readonly [summary: string, load: Load]>> = {
  instances: ['list the database instances', () => import('./commands/instances.js')],
  list: ['list the backups of an instance', () => import('./commands/list.js')],
  files: ['list the files of a backup', () => import('./commands/files.js')],
  link: ['print a download link', () => import('./commands/link.js')],
  get: ['download a backup', () => import('./commands/get.js')],
  wait: ['wait until a backup can be downloaded', () => import('./commands/wait.js')],
  add: ["add a backup to the service's own store", () => import('./commands/add.js')],
  own: ["list what the service's own store holds", () => import('./commands/own.js')],
  remove: ["remove a backup from the service's own store", () => import('./commands/remove.js')],
};

const HELP = `Usage: backups <command> [options]

${Object.entries(COMMANDS)
  .map(([name, [summary]]) => `  ${name.padEnd(11)}${summary}\n`)
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
  // A blocked write, or a program that was asked for credentials, must not delay the exit.
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
  const [, load] = entry;
  const { command } = await load();
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
