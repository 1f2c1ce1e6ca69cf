import { escapeSteering } from './escape-steering.js';

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/**
 * A log line for a person at a terminal: time, level unless it is `info`, message, and the other
 * members as `name=value`.
 * @param line one line of JSON, in which no character controls a terminal
 */
export function toReadableLine(line: string): string {
  const { level, time, msg, ...facts } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const name = LEVELS[Number(level)] ?? String(level);
  const parts = [
    /T(\d\d:\d\d:\d\d)/.exec(String(time))?.[1] ?? '',
    ...(name === 'info' ? [] : [name.toUpperCase()]),
    ...(typeof msg === 'string' ? [quoted(msg, false)] : []),
    ...Object.entries(facts).map(([key, value]) => `${key}=${quoted(value, true)}`),
  ];
  return `${escapeSteering(parts.join('  '))}\n`;
}

/** Plain words as they are, all else as JSON, in which control characters are escaped. */
function quoted(value: unknown, isFact: boolean): string {
  const json = JSON.stringify(value);
  const isPlain = typeof value === 'string' && json === `"${value}"` && value !== '';
  return isPlain && !(isFact && value.includes(' ')) ? value : json;
}
