import { Counter, type Registry } from 'prom-client';
import type { LinkOutcome } from '../audit-record.js';

export interface LinkMetrics {
  /** One execution of a `downloadURL` field. */
  ended(outcome: LinkOutcome): void;
  /** A link handed out, and where it came from. */
  handedOut(origin: string): void;
  /** Records for the audit log that could not be written. */
  auditFailed(records: number): void;
  /** One request for a file at the embedded upstream, by a link that was issued there. */
  downloaded(download: { readonly status: number; readonly bytes: number }): void;
  /** One request to the embedded upstream that carries no valid signature. */
  unsigned(kind: 'api' | 'download'): void;
}

export function createLinkMetrics(registry: Registry): LinkMetrics {
  const registers = [registry];
  const outcomes = new Counter({
    name: 'backup_graphql_download_url_outcomes_total',
    help: 'Executions of downloadURL fields: GRANTED, NOT_AVAILABLE, or the code of the error.',
    labelNames: ['code'],
    registers,
  });
  const handedOut = new Counter({
    name: 'backup_graphql_links_handed_out_total',
    help: 'Links by origin: "upstream" for new ones, "memory" and "redis" for reused ones, "flight" for those of a call that another request had under way.',
    labelNames: ['origin'],
    registers,
  });
  const auditFailures = new Counter({
    name: 'backup_graphql_audit_write_failures_total',
    help: 'Audit records that could not be written; their links were not given out.',
    registers,
  });
  const downloads = new Counter({
    name: 'backup_graphql_embedded_downloads_total',
    help: 'Requests for files at the embedded upstream by links that were issued there, by status.',
    labelNames: ['status'],
    registers,
  });
  const downloadBytes = new Counter({
    name: 'backup_graphql_embedded_download_bytes_total',
    help: 'Bytes of files that the embedded upstream handed out.',
    registers,
  });
  const unsigned = new Counter({
    name: 'backup_graphql_embedded_unsigned_requests_total',
    help: 'Requests to the embedded upstream refused for want of a valid signature: "download" for links, "api" for all others.',
    labelNames: ['kind'],
    registers,
  });
  return {
    ended: (code) => {
      outcomes.inc({ code });
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
