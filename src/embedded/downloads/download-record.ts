import { formatBackupId } from '../../domain/ids.js';
import type { LinkDownloadEvent } from '../../telemetry/audit-record.js';
import type { FileKey } from './download-links.js';

/** What became of one request for a file by a link that was issued here, also one that has expired. */
export interface DownloadRecord extends FileKey {
  /** Names the link without giving it away. */
  readonly linkId: string;
  /** HTTP status of the answer; an interrupted transfer has fewer bytes than it announced. */
  readonly status: number;
  /** Bytes of the file that went out, as far as this machine knows. */
  readonly bytes: number;
  /** As the trusted proxies tell it; empty where the client was gone at once. */
  readonly clientAddress: string;
}

/** A request for a file, as the audit log tells it. */
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
