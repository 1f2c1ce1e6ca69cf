import { watch } from 'node:fs';
import { basename } from 'node:path';
import type { Logger } from '../../../telemetry/logger.js';
import { codeOf, hasCode } from '../../../domain/error-code.js';

/** Watches one folder, not those in it; that of Node, but for tests. */
export type WatchFolder = (
  path: string,
  options: { readonly persistent: false },
  listener: (event: string, name: string | null) => void,
) => FolderWatcher;

export interface FolderWatcher {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): void;
}

export interface FolderWatchOptions {
  readonly logger: Logger;
  /** Called with a folder in which something has come, gone or changed. */
  readonly onChange: (path: string) => void;
  readonly watchFolder?: WatchFolder | undefined;
  readonly now: () => number;
}

/** Watches of single folders, as many as the system gives, up to a bound. */
export interface FolderWatch {
  /** Watches a folder, where there is a watch to be had. */
  add(path: string): void;
  remove(path: string): void;
  /** Tries again, from time to time, what could not be watched. */
  tryAgain(): void;
  /** Whether every folder that was added is watched. */
  isComplete(): boolean;
  close(): void;
}

/** The root, the regions and the instances that are watched at a time; others are looked at in turns. */
export const MAX_WATCHES = 4096;
/** Milliseconds before watching is tried again, the first time and at most. */
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 600_000;

export function createFolderWatch(options: FolderWatchOptions): FolderWatch {
  const { logger, onChange, now, watchFolder = watch } = options;
  const watched = new Map<string, FolderWatcher>();
  const unwatched = new Set<string>();
  let refusal: { readonly pauseMs: number; readonly until: number } | null = null;

  /** inotify has no room left: its limits are shared with all programs of the user. */
  function refused(error: unknown): void {
    const pauseMs = refusal ? Math.min(2 * refusal.pauseMs, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
    if (!refusal) {
      logger.warn(
        { code: codeOf(error) ?? 'unknown', watches: watched.size },
        'folders of backups cannot be watched: the system has no watches left, not a full disk; changes are found by ' +
          'looking at the folders, which takes longer where there are thousands; raise fs.inotify.max_user_watches ' +
          'and fs.inotify.max_user_instances',
      );
    }
    refusal = { pauseMs, until: now() + pauseMs };
  }

  function stop(path: string): void {
    const watcher = watched.get(path);
    watched.delete(path);
    watcher?.close();
  }

  function failed(path: string, error: unknown): void {
    stop(path);
    // Gone, or no longer accessible: its parent folder shows that, or the next check.
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM')) return;
    unwatched.add(path);
    refused(error);
  }

  /** @returns whether the folder is watched, or gone */
  function start(path: string): boolean {
    try {
      const watcher = watchFolder(path, { persistent: false }, (event, name) => {
        // Its own end bears its own name: another folder may already stand in its place.
        if (event === 'rename' && name === basename(path)) renew(path);
        onChange(path);
      });
      watched.set(path, watcher);
      watcher.on('error', (error) => {
        if (watched.get(path) === watcher) failed(path, error);
      });
      return true;
    } catch (error) {
      failed(path, error);
      return !unwatched.has(path);
    }
  }

  function renew(path: string): void {
    if (!watched.has(path)) return;
    stop(path);
    start(path);
  }

  return {
    add(path) {
      if (watched.has(path)) return;
      if (watched.size >= MAX_WATCHES || refusal) unwatched.add(path);
      else start(path);
    },

    remove(path) {
      unwatched.delete(path);
      stop(path);
    },

    tryAgain() {
      if (refusal && now() < refusal.until) return;
      for (const path of [...unwatched]) {
        if (watched.size >= MAX_WATCHES) break;
        unwatched.delete(path);
        if (!start(path)) return;
      }
      if (refusal) logger.info({ watches: watched.size }, 'folders of backups are watched again');
      refusal = null;
    },

    isComplete: () => unwatched.size === 0,

    close() {
      for (const path of [...watched.keys()]) stop(path);
      unwatched.clear();
    },
  };
}
