import { pino, type DestinationStream, type Logger } from 'pino';
import type { Config } from '../config/config.js';
import { escapeSteering } from './escape-steering.js';

export type { Logger } from 'pino';

/** The process's logger: JSON lines on standard output, or on `destination`. */
export function createLogger(level: Config['logLevel'], destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: escapeSteering },
    },
    destination,
  );
}

/** A log line that reports `count` dropped lines, regardless of the log level. */
export function toDroppedLine(count: number, reason: object, now = new Date()): string {
  const msg = 'log lines dropped';
  return `${JSON.stringify({ level: WARN, time: now.toISOString(), lines: count, ...reason, msg })}\n`;
}

/** The line for another stream that says that lines of the log begin to be dropped. */
export function toDroppingLine(reason: object, now = new Date()): string {
  const msg = 'standard output does not accept log lines; dropping them';
  return `${JSON.stringify({ level: ERROR, time: now.toISOString(), ...reason, msg })}\n`;
}

const WARN = 40;
const ERROR = 50;
