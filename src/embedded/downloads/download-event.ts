import { formatBackupId } from '../../domain/ids.js';
import type { LinkDownloadEvent } from '../../telemetry/audit-record.js';
import type { DownloadRecord } from './download-record.js';

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
