import type { BigIntStats } from 'node:fs';
import contentDisposition from 'content-disposition';
import { encodeRfc3986 } from '../../upstream/sign/encode.js';

/** What identifies the bytes of a file: two links to it share it. */
export interface Validators {
  /** Strong. */
  readonly etag: string;
  /** HTTP date, whole seconds. */
  readonly lastModified: string;
}

export function validatorsOf({ ino, size, mtimeNs, mtime }: BigIntStats): Validators {
  const identity = [ino, size, mtimeNs].map((part) => part.toString(16)).join('-');
  return { etag: `"${identity}"`, lastModified: mtime.toUTCString() };
}

/**
 * Whether an If-Range header lets a Range stand (RFC 9110, 13.1.5): absent, or exactly this strong
 * ETag or date. A weak ETag never matches.
 */
export function rangeStands(ifRange: string | undefined, validators: Validators): boolean {
  return ifRange === undefined || Object.values(validators).includes(ifRange);
}

/** The headers every answer with this file carries. */
export function fileHeaders(fileName: string, { etag, lastModified }: Validators) {
  return {
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-store',
    'Content-Disposition': attachment(fileName),
    'Content-Type': 'application/octet-stream',
    ETag: etag,
    'Last-Modified': lastModified,
    'X-Content-Type-Options': 'nosniff',
  };
}

/** Always with both names: the plain one for old clients, and the exact one of RFC 5987. */
function attachment(fileName: string): string {
  const header = contentDisposition(fileName, { fallback: fileName.replace(/[^ -~]/gu, '_') });
  return header.includes('filename*=')
    ? header
    : `${header}; filename*=UTF-8''${encodeRfc3986(fileName)}`;
}
