import type { Backup } from './operations.js';

/** States of a backup whose files can be downloaded. */
const DOWNLOADABLE: ReadonlySet<string | null> = new Set(['COMPLETED', 'RETAINED']);

/** Whether a backup is done and can be downloaded, unless its files are out of reach in the store. */
export function isDownloadable({ status }: Pick<Backup, 'status'>): boolean {
  return DOWNLOADABLE.has(status);
}

/** `latest` of an instance, and what is newer and cannot be downloaded, newest first. */
export interface Latest {
  readonly backup: Backup | null;
  readonly newer: readonly Backup[];
}

/**
 * The newest backup that can be downloaded. Lists promise no order, so all rows are looked at. Backups that
 * began in the same second are told apart by when they ended, then by their ids, so that the choice is
 * the same each time.
 */
export function latestDownloadable(backups: readonly Backup[]): Latest {
  const sorted = newestFirst(backups);
  const at = sorted.findIndex(isDownloadable);
  if (at === -1) return { backup: null, newer: sorted };
  return { backup: sorted[at] ?? null, newer: sorted.slice(0, at) };
}

/** The newest backup that is there or is going to be, whatever became of it. */
export function latestOfAll(backups: readonly Backup[]): Backup | null {
  return newestFirst(backups.filter(({ status }) => !isLeaving(status)))[0] ?? null;
}

function isLeaving(status: string | null): boolean {
  return status === 'DELETING' || status === 'DELETE_ERROR';
}

function newestFirst(backups: readonly Backup[]): Backup[] {
  return backups.toSorted(
    (a, b) => beganAt(b) - beganAt(a) || endedAt(b) - endedAt(a) || compareIds(b.id, a.id),
  );
}

/** Milliseconds since 1970. Without a start: the newest while it is being made, else by its end, else the oldest. */
function beganAt(backup: Backup): number {
  const { startedAt, status } = backup;
  const time = timeOf(startedAt);
  if (time !== null) return time;
  return status === 'BUILDING' ? Number.MAX_VALUE : endedAt(backup);
}

function endedAt(backup: Backup): number {
  return timeOf(backup.endedAt) ?? -Number.MAX_VALUE;
}

function timeOf(text: string | null): number | null {
  const time = text === null ? NaN : Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
