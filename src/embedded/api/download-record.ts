import { formatBackupId } from '../../domain/ids.js';
import type { LinkDownloadEvent } from '../../audit/audit-record.js';
import type { FileKey } from './download-links.js';

/** The outcome of a request by a link issued here, including an expired one. */
export interface DownloadRecord extends FileKey {
  /** Identifies the link without revealing it. */
  readonly linkId: string;
  /** HTTP status of the response; an interrupted transfer sends fewer bytes than announced. */
  readonly status: number;
  /** Bytes of the file sent, as far as this machine knows. */
  readonly bytes: number;
  /** As reported by trusted proxies; empty if the client disconnected immediately. */
  readonly clientAddress: string;
}

/** The audit event of a download. */
export function toDownloadEvent(record: DownloadRecord): LinkDownloadEvent {
  const { linkId, fileName, bytes, status, clientAddress } = record;
  return {
    event: 'link.download',
    linkId,
    backupId: formatBackupId(record),
    fileName,
    bytes,
    status,
    clientAddress,
  };
}
