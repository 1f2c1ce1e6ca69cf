import { pino, type DestinationStream, type Logger } from 'pino';
import type { Config } from '../config/config.js';
import { safeLine } from '../domain/safe-text.js';

export type { Logger } from 'pino';

/** The process's logger: JSON lines on standard output, or on `destination`. */
export function createLogger(level: Config['logLevel'], destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: safeLine },
    },
    destination,
  );
}

/** A log line that reports `count` dropped lines, regardless of the log level. */
export function toDroppedLine(count: number, reason: object, now = new Date()): string {
  return toLine(WARN, { lines: count, ...reason }, 'log lines dropped', now);
}

/** The line for another stream that says that lines of the log begin to be dropped. */
export function toDroppingLine(reason: object, now = new Date()): string {
  return toLine(ERROR, reason, 'standard output does not accept log lines; dropping them', now);
}

function toLine(level: number, facts: object, msg: string, now: Date): string {
  return `${JSON.stringify({ level, time: now.toISOString(), ...facts, msg })}\n`;
}

const WARN = 40;
const ERROR = 50;

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
  return `${safeLine(parts.join('  '))}\n`;
}

/** Plain words as they are, all else as JSON, in which control characters are escaped. */
function quoted(value: unknown, isFact: boolean): string {
  const json = JSON.stringify(value);
  const isPlain = typeof value === 'string' && json === `"${value}"` && value !== '';
  return isPlain && !(isFact && value.includes(' ')) ? value : json;
}
