import type { HttpAnswer } from '../http-get.js';

/** What tells one content of a file from another. */
export interface Version {
  /** Null where it is not known. */
  readonly sizeBytes: number | null;
  readonly etag: string | null;
  /** HTTP date. */
  readonly lastModified: string | null;
  /** Whether two answers with these validators have the same bytes, by the rules of RFC 9110, 8.8. */
  readonly isStrong: boolean;
}

/** A date that is this much older than its answer cannot hide a second change (RFC 9110, 8.8.2.2). */
const SAFE_AGE_MS = 60_000;

export function versionOf({ headers }: HttpAnswer, sizeBytes: number | null): Version {
  const etag = headers['etag']?.trim() ?? '';
  const lastModified = headers['last-modified']?.trim() ?? '';
  const age = Date.parse(headers['date'] ?? '') - Date.parse(lastModified);
  return {
    sizeBytes,
    etag: etag === '' ? null : etag,
    lastModified: lastModified === '' ? null : lastModified,
    isStrong: isStrongTag(etag) || (etag === '' && age >= SAFE_AGE_MS),
  };
}

/** Headers that let a store answer with the bytes of this version only. */
export function preconditionsOf({ etag, lastModified, isStrong }: Version): Record<string, string> {
  if (!isStrong) return {};
  if (etag !== null) return { 'if-match': etag, 'if-range': etag };
  // By its definition a strong version without a tag has a date.
  return { 'if-unmodified-since': lastModified ?? '', 'if-range': lastModified ?? '' };
}

/** Whether an answer is of another version than the one known: `same`, what differs, or `unproven`. */
export function compareVersions(
  known: Version,
  seen: Version,
): 'same' | 'unproven' | { readonly differs: string } {
  if (known.sizeBytes !== null && seen.sizeBytes !== null && known.sizeBytes !== seen.sizeBytes) {
    return { differs: `it had ${known.sizeBytes} bytes and has ${seen.sizeBytes} now` };
  }
  if (known.etag !== null && seen.etag !== null && known.etag !== seen.etag) {
    return { differs: 'its ETag is another' };
  }
  const isDated = known.etag === null && known.lastModified !== null;
  if (isDated && seen.lastModified !== null && known.lastModified !== seen.lastModified) {
    return { differs: 'its Last-Modified differs' };
  }
  if (!known.isStrong) return 'same';
  const isTold = known.etag === null ? seen.lastModified !== null : seen.etag !== null;
  return isTold ? 'same' : 'unproven';
}

function isStrongTag(etag: string): boolean {
  return etag.startsWith('"') && etag.length > 1;
}
