import type { CutReason } from '../connections/connections.js';
import { byRate, type RateLimited } from '../../telemetry/by-rate.js';
import type { Logger } from '../../telemetry/logger.js';
import type { HttpMetrics } from '../../telemetry/metrics/http-metrics.js';
import type { ClientFault } from './client-errors.js';

/** What was refused or cut off before it was a request that could be followed, or for there being too many. */
export type RefusalReason = CutReason | ClientFault | 'requests';

export interface RefusalReport {
  readonly refused: (reason: RefusalReason) => void;
  /** Tells what has not been told yet. */
  readonly flush: () => void;
}

/** What an operator may do something about; all others are counted alone. */
const LINES: Partial<Record<RefusalReason, string>> = {
  headers: 'refused requests whose headers are larger than MAX_HEADER_BYTES',
  connections: 'closed connections, idle ones first: MAX_CONNECTIONS were open',
  requests: 'refused requests: MAX_CONCURRENT_REQUESTS were under way',
  pipelining: 'closed connections that sent too many requests without waiting for answers',
};

/** Counts refusals, and tells of them by rate. */
export function createRefusalReport(
  metrics: Pick<HttpMetrics, 'refused'>,
  logger: Logger,
): RefusalReport {
  const lines = new Map<RefusalReason, RateLimited>();
  for (const [reason, message] of Object.entries(LINES)) {
    const line = byRate((count) => {
      logger.warn({ count }, message);
    });
    lines.set(reason as RefusalReason, line);
  }
  return {
    refused(reason) {
      metrics.refused(reason);
      lines.get(reason)?.happened();
    },
    flush() {
      for (const line of lines.values()) line.flush();
    },
  };
}
