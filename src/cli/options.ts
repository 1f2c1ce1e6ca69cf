import { parseArgs } from 'node:util';
import { usageError } from './cli-error.js';
import type { Command, Context } from './command.js';

/** One option of a command, as it is parsed and as its help describes it. */
export interface Option {
  /** Stands for its value in the help; a flag has none. */
  readonly value?: string;
  readonly short?: string;
  readonly multiple?: true;
  readonly help: string;
}

type Options = Readonly<Record<string, Option>>;

/** The values that a command line gives. */
export type Values<T extends Options> = {
  readonly [Name in keyof T]?: ValueOf<T[Name]> | undefined;
};
type ValueOf<T extends Option> = T extends { value: string }
  ? T extends { multiple: true }
    ? readonly string[]
    : string
  : boolean;

/** Where and as whom to ask the service. */
export const SERVICE_OPTIONS = {
  url: {
    value: 'URL',
    help: 'address of the service; default BACKUPS_URL, else http://127.0.0.1:4000',
  },
  'token-file': { value: 'FILE', help: 'file with the token; default BACKUPS_TOKEN' },
} as const satisfies Options;

export const PLACE_OPTIONS = {
  instance: {
    value: 'I',
    help: 'where <backup> is a backupId or `latest` alone: its instance',
  },
  region: { value: 'R', help: 'region of the instance' },
} as const satisfies Options;

export const JSON_OPTION = {
  json: { help: 'one JSON object per line, for programs' },
} as const satisfies Options;

export interface CommandTable<T extends Options> {
  readonly usage: string;
  /** What it does, above the options. */
  readonly about: string;
  readonly options: T;
  /** Below the options. */
  readonly notes?: string;
  /** The one operand it takes, and requires. */
  readonly operand?: string;
  run(values: Values<T>, context: Context, operand: string): Promise<void>;
}

/** A command whose help and whose parser are one table. */
export function defineCommand<const T extends Options>(table: CommandTable<T>): Command {
  return {
    help: `Usage: backups ${table.usage}

${table.about}

${Object.entries(table.options).map(toHelp).join('')}  -h, --help           this text
${table.notes === undefined ? '' : `\n${table.notes}`}`,
    run(args, context) {
      const { values, operand } = readOptions(args, table.options, table.operand);
      return table.run(values, context, operand);
    },
  };
}

function toHelp([name, { value, short, help }]: [string, Option]): string {
  const option = `${short === undefined ? '' : `-${short}, `}--${name} ${value ?? ''}`;
  return `  ${option.padEnd(21)}${help.replaceAll('\n', `\n${' '.repeat(23)}`)}\n`;
}

/** @throws CliError for what a command does not take; values are not repeated, since one may be a secret */
export function readOptions<const T extends Options>(
  args: readonly string[],
  options: T,
  operand?: string,
): { values: Values<T>; operand: string } {
  const { values, positionals } = parse(args, options);
  if (operand !== undefined && positionals.length === 0) {
    throw usageError(`${operand} is missing; see --help.`);
  }
  if (positionals.length > (operand === undefined ? 0 : 1)) {
    const takes = operand ?? 'no operands';
    throw usageError(`Too many operands: this command takes ${takes}; see --help.`);
  }
  return { values: values as Values<T>, operand: positionals[0] ?? '' };
}

function parse(args: readonly string[], table: Options) {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { value, short, multiple = false }]) => {
      const type = value === undefined ? ('boolean' as const) : ('string' as const);
      return [name, { type, multiple, ...(short !== undefined && { short }) }];
    }),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw usageError(explain(error as NodeJS.ErrnoException));
  }
}

/** Node's own message names the option, and goes on with advice for programmers. */
function explain({ code, message }: NodeJS.ErrnoException): string {
  const [, option = ''] = /'([^']*)'/.exec(message) ?? [];
  const name = /^-{1,2}[a-z-]{1,30}/i.exec(option)?.[0] ?? 'This option';
  if (/^--?token$/.test(name)) {
    return 'A token does not belong on the command line, where others can read it: set BACKUPS_TOKEN or give --token-file.';
  }
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION')
    return `${name} is not an option of this command; see --help.`;
  return /does not take an argument/.test(message)
    ? `${name} takes no value; see --help.`
    : `${name} needs a value; see --help, and write ${name}=VALUE if it begins with a hyphen.`;
}

/** The value of `--limit`: how many rows at most. @throws CliError */
export function limitOption(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError('--limit is not a number of rows: give 1 or more.');
}

const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s?)?$/;

/**
 * Reads a length of time: `3600` (seconds), `90s`, `30m`, `1h`, `1h30m`, `7d`.
 * @returns seconds; null for anything else
 */
export function toSeconds(text: string): number | null {
  const written = text.trim().toLowerCase();
  const match = DURATION.exec(written);
  // Without its unit a number counts seconds only where it stands alone.
  if (match === null || written === '' || /\D\d+$/.test(written)) return null;
  const [d = 0, h = 0, m = 0, s = 0] = match.slice(1).map((count?: string) => Number(count ?? 0));
  const seconds = ((d * 24 + h) * 60 + m) * 60 + s;
  return Number.isSafeInteger(seconds) ? seconds : null;
}

/** The value of an option that takes a length of time, in seconds. @throws CliError naming the option */
export function durationOption(option: string, text: string): number {
  const seconds = toSeconds(text);
  if (seconds === 0) throw usageError(`${option} is out of range: give 1 second or more.`);
  if (seconds !== null) return seconds;
  throw usageError(`${option} is not a duration: give seconds, or a form like 1h, 30m or 1h30m.`);
}

const MOMENT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?:(:\d{2})(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * The value of an option that takes a moment: a date, a date with a time (RFC 3339, its zone may be left
 * out), or a duration before now. Without a zone it is a time of this machine.
 * @throws CliError naming the option
 */
export function momentOption(option: string, text: string, now: Date): Date {
  const moment = toMoment(text.trim(), now);
  if (!Number.isNaN(moment.getTime())) return moment;
  throw usageError(
    `${option} is not a date: give 2026-11-20, 2026-11-20T02:00:00Z, or a time span such as 7d for seven days ago.`,
  );
}

/** An invalid date for anything else. */
function toMoment(text: string, now: Date): Date {
  const ago = /\D/.test(text) ? toSeconds(text) : null;
  if (ago !== null) return new Date(now.getTime() - ago * 1000);
  const [, date = '', time = '00:00', seconds = ':00', zone = ''] = MOMENT.exec(text) ?? [];
  // JavaScript makes the 2nd of March of the 30th of February, and midnight of 24:00.
  const day = new Date(`${date}T00:00Z`);
  const isReal = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
  if (date === '' || !isReal || time.startsWith('24')) return new Date(NaN);
  const offset = zone.replace(/(\d{2}):?(\d{2})$/, '$1:$2').toUpperCase();
  return new Date(`${date}T${time}${seconds}${offset}`);
}
