import type { CutReason } from './server/connections.js';
import { byRate, type RateLimited } from '../telemetry/by-rate.js';
import type { Logger } from '../telemetry/logger.js';
import type { HttpMetrics } from '../telemetry/metrics.js';
import type { ClientFault } from './server/client-errors.js';

/**
 * Reasons for rejecting requests or closing connections before a request was observed, or because
 * there were too many.
 */
export type RefusalReason = CutReason | ClientFault | 'requests' | 'bodies';

export interface RefusalReport {
  readonly refused: (reason: RefusalReason) => void;
  /** Logs pending counts. */
  readonly flush: () => void;
}

/** Reasons an operator can act on; others are only counted. */
const LINES: Partial<Record<RefusalReason, string>> = {
  headers: 'rejected requests: headers exceed MAX_HEADER_BYTES',
  connections: 'closed connections, idle ones first: MAX_CONNECTIONS reached',
  requests: 'rejected requests: MAX_CONCURRENT_REQUESTS reached',
  bodies: 'closed connections: too many bytes of request bodies in memory',
  pipelining: 'closed connections: too many pipelined requests',
  stalled: 'disconnected stalled clients',
};

/** Counts rejections and logs them at a limited rate. */
export function createRefusalReport(
  metrics: Pick<HttpMetrics, 'refused'>,
  logger: Logger,
): RefusalReport {
  const lines = new Map<RefusalReason, RateLimited>();
  for (const [reason, message] of Object.entries(LINES)) {
    const line = byRate((count) => {
      if (reason === 'stalled') logger.info({ count }, message);
      else logger.warn({ count }, message);
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
