import { byRate, type RateLimited } from '../telemetry/by-rate.js';
import type { Logger } from '../telemetry/logger.js';
import type { TokenMetrics } from '../telemetry/metrics/token-metrics.js';
import type { RefusedTokenError } from './authentication-error.js';

/** Told of the tokens that are refused. */
export interface Refusals {
  report(error: RefusedTokenError, httpRequestId: string): void;
  /** Logs what has not been logged yet. */
  flush(): void;
}

export interface RefusalsOptions {
  readonly logger: Logger;
  readonly metrics?: TokenMetrics | undefined;
  /** Milliseconds of a clock that does not jump. */
  readonly now?: () => number;
}

/**
 * Logs refused tokens, and counts them. Anyone can send bad tokens, so of each reason one line a minute is
 * written, with the number of tokens it stands for and the last request among them.
 */
export function createRefusals({ logger, metrics, now }: RefusalsOptions): Refusals {
  const kinds = new Map<string, { readonly line: RateLimited; httpRequestId: string }>();

  function kindOf(reason: string, httpRequestId: string) {
    const tell = (count: number): void => {
      logger.info({ reason, count, httpRequestId: kind.httpRequestId }, 'token refused');
    };
    const kind = { line: byRate(tell, now), httpRequestId };
    kinds.set(reason, kind);
    return kind;
  }

  return {
    report({ reason }, httpRequestId) {
      metrics?.refused(reason);
      const kind = kinds.get(reason) ?? kindOf(reason, httpRequestId);
      kind.httpRequestId = httpRequestId;
      kind.line.happened();
    },
    flush() {
      for (const { line } of kinds.values()) line.flush();
    },
  };
}
