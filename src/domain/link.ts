import { type BackupKey, formatBackupId } from './ids.js';

/** A request for one link. Absent members are not sent. */
export interface LinkRequest {
  readonly backup: BackupKey;
  readonly fileName?: string | undefined;
  /** Seconds, 1..86400. */
  readonly lifetime?: number | undefined;
}

/**
 * A unique key of the request. The file name comes last because only it can contain any character.
 */
export function linkRequestKey({ backup, fileName, lifetime }: LinkRequest): string {
  const place = `${formatBackupId(backup)} ${lifetime ?? ''}`;
  return fileName === undefined ? place : `${place} ${fileName}`;
}

/** Null if the upstream returns an empty string: not available now. */
export interface LinkUrls {
  readonly publicUrl: string | null;
  readonly internalUrl: string | null;
}

/** Properties of the linked file reported by the upstream, otherwise null. */
export interface LinkedFile {
  readonly sizeBytes: number | null;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string | null;
}

/** A link issued by the upstream. */
export interface IssuedLink extends LinkUrls, LinkedFile {
  readonly expiresAt: Date | null;
  /** Identifies the link in records without revealing it. */
  readonly linkId: string | null;
  /** The upstream request ID of the issuing call. */
  readonly requestId?: string | undefined;
}

/** A newly issued link. */
export interface FreshLink extends IssuedLink {
  /** Milliseconds until it expires; null if unknown. */
  readonly life: number | null;
}

/** A link as returned to a caller. */
export interface HandedLink extends IssuedLink {
  /** Whether it was issued for an earlier or concurrent request. */
  readonly reused: boolean;
}

/** Maximum link lifetime of the upstream in seconds; also its default for SQL Server. */
export const MAX_LIFETIME = 86_400;
