import { type BackupKey, formatBackupId } from './ids.js';

/** What is asked of the upstream: one link. Absent members are not sent. */
export interface LinkRequest {
  readonly backup: BackupKey;
  readonly fileName?: string | undefined;
  /** Seconds, 1..86400. */
  readonly lifetime?: number | undefined;
}

/** Tells requests apart. The name comes last: of the parts, it alone may hold any character. */
export function linkRequestKey({ backup, fileName, lifetime }: LinkRequest): string {
  const place = `${formatBackupId(backup)} ${lifetime ?? ''}`;
  return fileName === undefined ? place : `${place} ${fileName}`;
}

/** Null where the upstream says the empty string: not available now. */
export interface LinkUrls {
  readonly publicUrl: string | null;
  readonly internalUrl: string | null;
}

/** What the upstream tells of the file behind a link; null where it does not. */
export interface LinkedFile {
  readonly sizeBytes: number | null;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string | null;
}

/** What the upstream hands out. */
export interface IssuedLink extends LinkUrls, LinkedFile {
  readonly expiresAt: Date | null;
  /** Names it in records; it does not give it away. */
  readonly linkId: string | null;
  /** The upstream's id of the call that issued it. */
  readonly requestId?: string | undefined;
}

/** A link the upstream issued just now. */
export interface FreshLink extends IssuedLink {
  /** Milliseconds it works from now on; null where that is not known. */
  readonly life: number | null;
}

/** A link as it is handed out. */
export interface HandedLink extends IssuedLink {
  /** Whether it was issued for an earlier request, or for one at the same time. */
  readonly reused: boolean;
}

/** Longest lifetime the upstream gives a link, in seconds; its default for SQL Server too. */
export const MAX_LIFETIME = 86_400;
