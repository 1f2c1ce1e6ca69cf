import type { CataloguedBackup } from './catalogued-backup.js';
import { comparableTime } from './zoneless-time.js';

/** Order of a list: the latest start first, then by id; those without a start time stand last. */
export function newestFirst(a: CataloguedBackup, b: CataloguedBackup): number {
  const byStart = inOrder(startOf(b), startOf(a));
  return byStart === 0 ? inOrder(a.key.backupId, b.key.backupId) : byStart;
}

/** When the backup was started, in a form that sorts; empty if unknown. */
export function startOf({ manifest }: CataloguedBackup): string {
  return comparableTime(manifest.backupStartTime ?? '');
}

/** By code unit, as `sort` orders texts. */
function inOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
