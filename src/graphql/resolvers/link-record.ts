import type { Backup } from '../../domain/backup.js';
import type { LinkArguments } from '../../domain/download-rules.js';
import { PublicError } from '../../domain/errors.js';
import { formatBackupId } from '../../domain/ids.js';
import type { LinkRecord } from '../../audit/audit-record.js';
import type { DownloadUrlSource } from '../types/download-link.js';

/** The record of a link about to be returned. */
export function answeredLinkRecord(
  backup: Backup,
  args: LinkArguments,
  link: DownloadUrlSource,
): LinkRecord {
  return attemptOf(backup, args, {
    expiresAt: link.expiresAt?.toISOString() ?? null,
    outcome: link.available ? 'GRANTED' : 'NOT_AVAILABLE',
    linkId: link.linkId,
    reused: link.reused,
    requestId: link.requestId ?? null,
  });
}

/** The record of an attempt that failed with `error`. */
export function refusedLinkRecord(backup: Backup, args: LinkArguments, error: unknown): LinkRecord {
  const { code, details } =
    error instanceof PublicError
      ? error
      : { code: 'INTERNAL_SERVER_ERROR' as const, details: { requestId: undefined } };
  return attemptOf(backup, args, {
    expiresAt: null,
    outcome: code,
    linkId: null,
    reused: null,
    requestId: details.requestId ?? null,
  });
}

type Outcome = Omit<LinkRecord, 'backupId' | 'fileName' | 'lifetime'>;

/** Written out: with a spread, creating and serializing the record takes several times as long. */
function attemptOf(
  backup: Backup,
  { fileName, expiresIn }: LinkArguments,
  { expiresAt, outcome, linkId, reused, requestId }: Outcome,
): LinkRecord {
  return {
    backupId: formatBackupId(backup),
    fileName: fileName ?? null,
    lifetime: expiresIn ?? null,
    expiresAt,
    outcome,
    linkId,
    reused,
    requestId,
  };
}
