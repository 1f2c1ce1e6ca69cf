import { lstatSync } from 'node:fs';
import { hasCode } from '../../domain/error-code.js';

/** What the file system reports of a path, without following a link. */
export interface PathStat {
  /**
   * Differs once the file, or the list of names in the folder, may differ. Programs that copy set the time of
   * modification, also to one long ago, so it is compared and never ordered; no program sets the time of the last
   * change (ctime), and what takes another's place has another inode or device.
   */
  readonly stamp: string;
  readonly kind: 'folder' | 'file' | 'other';
  /** Bytes. */
  readonly size: number;
  /** Epoch milliseconds, by the clock of the file system. */
  readonly changedAt: number;
}

/** Null if nothing is there. @throws an error of the file system for anything else */
export function statPath(path: string): PathStat | null {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) return null;
    const { dev, ino, nlink, size, mtimeMs, ctimeMs } = stats;
    return {
      // Joined, not concatenated: 100,000 of them stay in memory. A millisecond is fine enough, see below.
      stamp: [dev, ino, nlink, size, Math.floor(mtimeMs), Math.floor(ctimeMs)].join('.'),
      kind: stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'other',
      size,
      changedAt: Math.max(mtimeMs, ctimeMs),
    };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/** What is remembered of something that was read, to tell later whether it must be read again. */
export interface Stamp {
  /** From just before it was read; empty if it was not there. */
  readonly stamp: string;
  /** Whether an equal stamp proves that it has not changed. */
  readonly isFinal: boolean;
}

/**
 * Milliseconds within which two changes may have the same time: clocks of file systems go in steps, the coarsest in
 * steps of two seconds. A clock ahead of ours, as of a network mount, keeps what it stamps unproven for as long as it
 * is ahead.
 */
const CLOCK_STEP_MS = 2000;

/** @param seen from before reading; null if nothing was there */
export function stampOf(seen: Pick<PathStat, 'stamp' | 'changedAt'> | null, now: number): Stamp {
  const isFinal = seen === null || seen.changedAt < now - CLOCK_STEP_MS;
  return { stamp: seen?.stamp ?? '', isFinal };
}

/** Whether what was read is what is there now. */
export function isUpToDate(
  known: Stamp | null | undefined,
  seen: Pick<PathStat, 'stamp'> | null,
): boolean {
  return known?.isFinal === true && known.stamp === (seen?.stamp ?? '');
}
