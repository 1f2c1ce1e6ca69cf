import { isDeepStrictEqual } from 'node:util';
import type { InstanceKey } from '../../domain/ids.js';
import type { CataloguedInstance } from '../catalogue/catalogue.js';
import type { CataloguedBackup } from '../catalogue/catalogued-backup.js';
import type { InstanceManifest, Manifest } from '../catalogue/manifest.js';
import { newestFirst } from '../catalogue/newest-first.js';
import type { BackupStat, FolderReader } from './folder-reader.js';
import type { InSlices } from './in-slices.js';
import { fileAt } from './list-files.js';
import { isUpToDate, stampOf, type Stamp } from './path-stamp.js';

export interface InstanceOptions {
  readonly reader: FolderReader;
  readonly now: () => number;
  readonly inSlices: InSlices;
}

/** The known backups of one instance of the folder. */
export type FolderInstance = ReturnType<typeof createFolderInstance>;

/** What is known of a folder that is, or may become, a backup. */
interface Entry extends Stamp {
  /** Null if the folder holds no backup. */
  readonly backup: CataloguedBackup | null;
  checkedAt: number;
}

/** Milliseconds for which what has changed is expected to change again. */
const RECENT_MS = 60_000;
/** Such backups compared for a list; more than a few, each at most once in so many milliseconds. */
const MAX_CHANGING = 100;
const FEW_CHANGING = 20;
const CHECKED_EVERY_MS = 1000;
/** Milliseconds of rest after each slice of a full check. */
const FULL_CHECK_REST_MS = 4;
/** Of a backup with more files, lists compare the folder, and a lookup or link this many more. */
const FILES_OF_A_LIST = 16;
const FILES_OF_A_LOOKUP = 1000;

export function createFolderInstance(key: InstanceKey, { reader, now, inSlices }: InstanceOptions) {
  let entries = new Map<string, Entry>();
  /** Backups that are likely to change: those that just did, those being built, folders that are none. */
  const changing = new Set<string>();
  let manifest: Manifest<InstanceManifest> = { kind: 'missing' };
  let manifestStamp: Stamp | null = null;
  let manifestAt = -Infinity;
  let listStamp: Stamp | null = null;
  let sorted: readonly CataloguedBackup[] | null = null;
  let reading: Promise<unknown> = Promise.resolve();

  function refreshManifest(): void {
    manifestAt = now();
    const seen = reader.statManifest(key);
    if (isUpToDate(manifestStamp, seen)) return;
    const { stamp, isFinal } = stampOf(seen, manifestAt);
    const read = reader.instance(key);
    // A broken one may be half written: it is read again.
    manifestStamp = { stamp, isFinal: isFinal && read.kind !== 'broken' };
    if (!derivesTheSame(read, manifest)) {
      // A refresh under way sees another map, and starts over.
      entries = new Map();
      changing.clear();
      [sorted, listStamp] = [null, null];
    }
    manifest = read;
  }

  /** @returns whether it is another backup than the one known before */
  function read(backupId: string, seen?: BackupStat): boolean {
    const at = now();
    const backupKey = { ...key, backupId };
    const current = seen ?? reader.statBackup(backupKey);
    const backup = reader.backup(backupKey, current, manifest);
    const known = entries.get(backupId);
    const isSame = known !== undefined && isDeepStrictEqual(known.backup, backup);
    const isQuiet =
      backup !== null &&
      current.changedAt <= at - RECENT_MS &&
      backup.manifest.backupStatus !== 'BUILDING';
    if (isQuiet) changing.delete(backupId);
    else changing.add(backupId);
    const { stamp, isFinal } = stampOf(current, at);
    // What is no backup may have been unreadable for a moment.
    const isReadable = current.manifest !== undefined && current.files !== undefined;
    entries.set(backupId, {
      stamp,
      isFinal: isFinal && isReadable && backup !== null,
      backup: isSame ? known.backup : backup,
      checkedAt: at,
    });
    if (!isSame) sorted = null;
    return !isSame;
  }

  function check(backupId: string, maxAgeMs: number, maxFiles: number): boolean {
    const entry = entries.get(backupId);
    const at = now();
    if (!entry || at - entry.checkedAt < maxAgeMs) return false;
    entry.checkedAt = at;
    const seen = reader.statBackup({ ...key, backupId });
    const files = entry.backup?.files ?? [];
    const isSame =
      isUpToDate(entry, seen) &&
      !(changing.has(backupId) && seen.changedAt <= at - RECENT_MS) &&
      (files.length > maxFiles || areUnchanged(backupId, files));
    return isSame ? false : read(backupId, seen);
  }

  function areUnchanged(backupId: string, files: CataloguedBackup['files']): boolean {
    const folder = `${reader.pathOf({ ...key, backupId })}/files`;
    return files.every(({ name, version }) => fileAt(folder, name)?.version === version);
  }

  async function refresh(): Promise<void> {
    refreshManifest();
    const at = now();
    const seen = reader.statFolder(key);
    const known = entries;
    const isFirst = listStamp === null;
    if (!isUpToDate(listStamp, seen)) {
      const ids = new Set(seen === null ? [] : reader.idsIn(key));
      for (const backupId of known.keys()) {
        if (ids.has(backupId)) continue;
        known.delete(backupId);
        changing.delete(backupId);
        sorted = null;
      }
      await inSlices(ids, (backupId) => {
        if (!entries.has(backupId)) read(backupId);
      });
      if (known !== entries) return refresh();
      listStamp = stampOf(seen, at);
    }
    if (isFirst) return;
    const maxAgeMs = changing.size <= FEW_CHANGING ? 0 : CHECKED_EVERY_MS;
    let rest = Math.min(changing.size, MAX_CHANGING);
    for (const backupId of changing) {
      if (rest === 0) break;
      rest -= 1;
      // In turns: those that stay go to the end.
      changing.delete(backupId);
      changing.add(backupId);
      check(backupId, maxAgeMs, FILES_OF_A_LIST);
    }
  }

  return {
    key,
    /**
     * Null while the instance is deleted. Reads instance.json if it has changed, unless that was checked
     * within `maxAgeMs`. @throws ApiError
     */
    describe(maxAgeMs = 0): CataloguedInstance | null {
      if (now() - manifestAt >= maxAgeMs) refreshManifest();
      return manifest.kind === 'read' ? { ...key, manifest: manifest.content } : null;
    },
    /** Reads what has changed in the folder of the instance; if forced, compares each backup. @throws ApiError */
    async refresh(isForced = false): Promise<void> {
      if (isForced) listStamp &&= { ...listStamp, isFinal: false };
      const next = reading.then(refresh, refresh);
      reading = next;
      await next;
      // Requests need not wait for a full check.
      if (!isForced) return;
      await inSlices(
        [...entries.keys()],
        (backupId) => check(backupId, 0, Infinity),
        FULL_CHECK_REST_MS,
      );
    },
    /** All backups as of the last refresh, newest first; the same array until one changes. */
    backups(): readonly CataloguedBackup[] {
      sorted ??= [...entries.values()].flatMap(({ backup }) => backup ?? []).sort(newestFirst);
      return sorted;
    },
    /**
     * Compares a backup with the folder, unless that was done within `maxAgeMs`, and reads it if it has changed.
     * @returns whether it is another one now
     */
    check: (backupId: string, maxAgeMs: number) => check(backupId, maxAgeMs, FILES_OF_A_LIST),
    /** One backup as it is now. @throws ApiError */
    find(backupId: string): CataloguedBackup | null {
      refreshManifest();
      if (entries.has(backupId)) check(backupId, 0, FILES_OF_A_LOOKUP);
      else if (reader.statFolder({ ...key, backupId }) && reader.idsIn(key).includes(backupId)) {
        read(backupId);
      }
      return entries.get(backupId)?.backup ?? null;
    },
  };
}

/** Whether backups have the same values with either instance.json. */
function derivesTheSame(a: Manifest<InstanceManifest>, b: Manifest<InstanceManifest>): boolean {
  if (a.kind === 'read' && b.kind === 'read') {
    return (
      a.content.engine === b.content.engine && a.content.instanceName === b.content.instanceName
    );
  }
  return a.kind === b.kind;
}
