import type { BigIntStats } from 'node:fs';
import { attachment } from './attachment.js';
import type { Validators } from './preconditions.js';

export function validatorsOf({ ino, size, mtimeNs, mtime }: BigIntStats): Validators {
  const identity = [ino, size, mtimeNs].map((part) => part.toString(16)).join('-');
  return { etag: `"${identity}"`, lastModified: mtime.toUTCString() };
}

/** Headers of every response for this file, including 304. */
export function fileHeaders(fileName: string, { etag, lastModified }: Validators) {
  return {
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-store',
    'Content-Disposition': attachment(fileName),
    'Content-Type': 'application/octet-stream',
    ETag: etag,
    'Last-Modified': lastModified,
    // nginx would otherwise store responses in temporary files.
    'X-Accel-Buffering': 'no',
    'X-Content-Type-Options': 'nosniff',
  };
}
