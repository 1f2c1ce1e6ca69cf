import { pino, type DestinationStream, type Logger } from 'pino';
import type { Config } from '../config/config.js';
import { currentScope } from './request-scope.js';

export type { Logger } from 'pino';

/**
 * The process's logger: JSON lines on standard output, or on `destination`. Lines of one HTTP request
 * share its `httpRequestId`.
 */
export function createLogger(level: Config['logLevel'], destination?: DestinationStream): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, mixin }, destination);
}

function mixin(): object {
  const scope = currentScope();
  return scope ? { httpRequestId: scope.requestId } : {};
}
