import type { AuditLog } from './audit-log.js';
import type { LinkMetrics } from './metrics/link-metrics.js';

/** The same log; records that cannot be written are counted. */
export function countedAuditLog(
  audit: AuditLog,
  metrics: Pick<LinkMetrics, 'auditFailed'>,
): AuditLog {
  return {
    record: (event) =>
      audit.record(event).catch((error: unknown) => {
        metrics.auditFailed();
        throw error;
      }),
    close: () => audit.close(),
  };
}
