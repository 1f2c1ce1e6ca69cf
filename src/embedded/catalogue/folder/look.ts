import { lstat, type Stats } from 'node:fs';
import { hasCode } from '../../../domain/error-code.js';

/** What the file system reports of a path, without following a link. */
export interface Look {
  /**
   * Differs once the file or the list of names in the folder may differ. Programs that copy set the time of
   * modification, also to one long ago, so it is compared and never ordered; no program sets the time of the
   * last change (ctime), and what takes another's place has another inode.
   */
  readonly stamp: string;
  readonly isFolder: boolean;
  /** Milliseconds since the epoch, by the clock of the file system. */
  readonly changedAt: number;
}

/** Null where nothing is there. @throws an error of the file system for anything else */
export function look(path: string): Promise<Look | null> {
  return new Promise((resolve, reject) => {
    // The form with a callback takes half the time of the one with a promise, and there may be 100,000 of them.
    lstat(path, (error, stats) => {
      if (!error) resolve(toLook(stats));
      else if (hasCode(error, 'ENOENT', 'ENOTDIR')) resolve(null);
      else reject(error);
    });
  });
}

function toLook(stats: Stats): Look {
  const { ino, size, mtimeMs, ctimeMs } = stats;
  return {
    stamp: [ino, size, mtimeMs, ctimeMs].map((part) => part.toString(36)).join('.'),
    isFolder: stats.isDirectory(),
    changedAt: Math.max(mtimeMs, ctimeMs),
  };
}

/**
 * Milliseconds within which two changes may have one time: clocks of file systems go in steps, the coarsest
 * in steps of two seconds.
 */
const CLOCK_STEP_MS = 2000;

/**
 * Whether a change after this look would show in another one. Else what was read must be read again, however
 * equal the times are. A clock ahead of ours, as of a network mount, makes it so for as long as it is ahead.
 */
export function isSettled({ changedAt }: Pick<Look, 'changedAt'>, now: number): boolean {
  return changedAt < now - CLOCK_STEP_MS;
}
