import { parseArgs, type ParseArgsConfig } from 'node:util';
import { usageError } from '../cli-error.js';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Options of every command that asks the service. */
export const SERVICE_OPTIONS = {
  url: { type: 'string' },
  'token-file': { type: 'string' },
} as const satisfies Options;

export const SERVICE_HELP = `  --url URL            address of the service; default BACKUPS_URL, else http://127.0.0.1:4000
  --token-file FILE    file with the token; default BACKUPS_TOKEN
  -h, --help           this text
`;

type Values<T extends Options> = ReturnType<
  typeof parseArgs<{ options: T; allowPositionals: true }>
>['values'];

/**
 * Reads the arguments of a command.
 * @param operands names of the operands it takes, as `<backup>`; all are required
 * @throws CliError for what it does not take; values are not repeated, since one may be a secret
 */
export function readOptions<const T extends Options>(
  args: readonly string[],
  options: T,
  operands: readonly string[] = [],
): { values: Values<T>; operands: string[] } {
  const { values, positionals } = parse(args, options);
  const missing = operands[positionals.length];
  if (missing !== undefined) throw usageError(`${missing} is missing; see --help.`);
  if (positionals.length > operands.length) {
    const takes = operands.length === 0 ? 'no operands' : operands.join(' ');
    throw usageError(`Too many operands: this command takes ${takes}; see --help.`);
  }
  return { values, operands: positionals };
}

function parse<T extends Options>(args: readonly string[], options: T) {
  const parsed = () =>
    parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  try {
    return parsed();
  } catch (error) {
    throw usageError(explain(error));
  }
}

/** Node's own message names the option, and goes on with advice for programmers. */
function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
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
