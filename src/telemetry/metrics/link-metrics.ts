import { Counter, type Registry } from 'prom-client';

export interface LinkMetrics {
  /** Executions of `downloadURL` fields ended. */
  ended(outcome: string, count: number): void;
  /** A link was returned, with its origin. */
  handedOut(origin: string): void;
  /** Audit records could not be written. */
  auditFailed(records: number): void;
  /** One download from the embedded upstream by a link it issued. */
  downloaded(download: { readonly status: number; readonly bytes: number }): void;
  /** One request to the embedded upstream without a valid signature. */
  unsigned(kind: 'api' | 'download'): void;
}

export function createLinkMetrics(registry: Registry): LinkMetrics {
  const registers = [registry];
  const outcomes = new Counter({
    name: 'backup_graphql_download_url_outcomes_total',
    help: 'Executed downloadURL fields by outcome: GRANTED, NOT_AVAILABLE or the error code.',
    labelNames: ['code'],
    registers,
  });
  const handedOut = new Counter({
    name: 'backup_graphql_links_handed_out_total',
    help: 'Links returned by origin: "upstream" is newly issued, "memory" and "redis" are reused, "flight" is shared with a concurrent request.',
    labelNames: ['origin'],
    registers,
  });
  const auditFailures = new Counter({
    name: 'backup_graphql_audit_write_failures_total',
    help: 'Audit records that could not be written; no link was issued for them.',
    registers,
  });
  const downloads = new Counter({
    name: 'backup_graphql_embedded_downloads_total',
    help: 'Downloads from the embedded upstream by links it issued, by HTTP status.',
    labelNames: ['status'],
    registers,
  });
  const downloadBytes = new Counter({
    name: 'backup_graphql_embedded_download_bytes_total',
    help: 'Bytes of files sent by the embedded upstream.',
    registers,
  });
  const unsigned = new Counter({
    name: 'backup_graphql_embedded_unsigned_requests_total',
    help: 'Requests to the embedded upstream rejected without a valid signature: "download" for links, "api" for all others.',
    labelNames: ['kind'],
    registers,
  });
  return {
    ended: (code, count) => {
      outcomes.inc({ code }, count);
    },
    handedOut: (origin) => {
      handedOut.inc({ origin });
    },
    auditFailed: (records) => {
      auditFailures.inc(records);
    },
    downloaded({ status, bytes }) {
      downloads.inc({ status });
      downloadBytes.inc(bytes);
    },
    unsigned: (kind) => {
      unsigned.inc({ kind });
    },
  };
}
