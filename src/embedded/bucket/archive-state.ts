import type { FoundObject } from './store-client.js';

/** Whether an object can be read; a copy out of cold storage has an end. */
export type ArchiveState =
  { readonly kind: 'readable'; readonly until?: Date } | { readonly kind: 'archived' };

/** Classes whose objects are read from a copy that somebody has asked for (Amazon S3, restoring objects). */
const COLD_CLASSES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** Reads the class and the `x-amz-restore` header: `ongoing-request="false", expiry-date="Fri, …"`. */
export function archiveStateOf({
  storageClass = '',
  archiveStatus = '',
  restore = '',
}: Pick<FoundObject, 'storageClass' | 'archiveStatus' | 'restore'>): ArchiveState {
  if (!COLD_CLASSES.has(storageClass) && archiveStatus === '') return { kind: 'readable' };
  if (!/ongoing-request="false"/.test(restore)) return { kind: 'archived' };
  const end = Date.parse(/expiry-date="([^"]*)"/.exec(restore)?.[1] ?? '');
  return Number.isNaN(end) ? { kind: 'readable' } : { kind: 'readable', until: new Date(end) };
}
