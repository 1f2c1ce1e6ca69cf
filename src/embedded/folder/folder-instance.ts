import { isDeepStrictEqual } from 'node:util';
import type { InstanceKey } from '../../domain/ids.js';
import type { CataloguedInstance } from '../catalogue/catalogue.js';
import { newestFirst } from '../catalogue/newest-first.js';
import { toBackup, type CataloguedBackup } from '../catalogue/catalogued-backup.js';
import type { InstanceManifest, Manifest } from '../catalogue/manifest.js';
import type { BackupLook, FolderReader } from './folder-reader.js';
import type { InSlices } from './in-slices.js';
import { fileAt } from './list-files.js';
import { isUpToDate, noteOf, type Note } from './look.js';

export interface InstanceOptions {
  readonly reader: FolderReader;
  /** UTC offset of derived times, for example `+08:00`. */
  readonly timeZone: string;
  readonly now: () => number;
  readonly inSlices: InSlices;
}

/** The known backups of one instance of the folder. */
export interface FolderInstance {
  readonly key: InstanceKey;
  /**
   * Null while the instance is deleted. Reads instance.json if it has changed, unless that was checked
   * within `maxAgeMs`. @throws ApiError
   */
  describe(maxAgeMs?: number): CataloguedInstance | null;
  /** Reads what has changed in the folder of the instance; if forced, compares each backup. @throws ApiError */
  refresh(isForced?: boolean): Promise<void>;
  /** All backups as of the last refresh, newest first; the same array until one changes. */
  backups(): readonly CataloguedBackup[];
  /**
   * Compares a backup with the folder, unless that was done within `maxAgeMs`, and reads it if it has changed.
   * @returns whether it is another one now
   */
  check(backupId: string, maxAgeMs: number): boolean;
  /** One backup as it is now, with its checksums. @throws ApiError */
  find(backupId: string): CataloguedBackup | null;
}

/** What is known of a folder that is, or may become, a backup. */
interface Entry extends Note {
  /** Null if the folder holds no backup. Without its checksums, which only links need. */
  readonly backup: CataloguedBackup | null;
  readonly hasChecksums: boolean;
  checkedAt: number;
}

/** Milliseconds for which what has changed is expected to change again. */
const RESTLESS_MS = 60_000;
/** Restless backups compared for a list; more than a few, each at most once in so many milliseconds. */
const MAX_RESTLESS = 100;
const FEW_RESTLESS = 20;
const CHECKED_EVERY_MS = 1000;
/** Milliseconds of rest after each slice of a full check. */
const FULL_CHECK_REST_MS = 4;
/** Of a backup with more files, lists compare the folder, and a lookup or link this many more. */
const FILES_OF_A_LIST = 16;
const FILES_OF_A_LOOKUP = 1000;

export function createFolderInstance(key: InstanceKey, options: InstanceOptions): FolderInstance {
  const { reader, timeZone, now, inSlices } = options;
  const entries = new Map<string, Entry>();
  /** Backups that are likely to change: those that just did, those being built, folders that are none. */
  const restless = new Set<string>();
  let manifest: Manifest<InstanceManifest> = { kind: 'missing' };
  let manifestNote: Note | null = null;
  let manifestAt = -Infinity;
  let listNote: Note | null = null;
  let described: CataloguedInstance | null = null;
  let sorted: readonly CataloguedBackup[] | null = null;
  let reading: Promise<void> | null = null;
  let forgotten = 0;

  function refreshManifest(): void {
    manifestAt = now();
    const seen = reader.lookAtManifest(key);
    if (isUpToDate(manifestNote, seen)) return;
    const note = noteOf(seen, now());
    const read = reader.instance(key);
    // A broken one may be half written: it is read again.
    manifestNote = { ...note, isFinal: note.isFinal && read.kind !== 'broken' };
    if (isDeepStrictEqual(read, manifest)) return;
    if (!derivesTheSame(read, manifest)) forget();
    manifest = read;
    described = read.kind === 'read' ? { ...key, manifest: read.content } : null;
  }

  function forget(): void {
    forgotten += 1;
    entries.clear();
    restless.clear();
    [sorted, listNote] = [null, null];
  }

  function drop(backupId: string): void {
    entries.delete(backupId);
    restless.delete(backupId);
    sorted = null;
  }

  /** @returns whether it is another backup than the one known before */
  function read(backupId: string, seen?: BackupLook): boolean {
    const at = now();
    const backupKey = { ...key, backupId };
    const current = seen ?? reader.lookAtBackup(backupKey);
    const found = reader.backup(backupKey, current);
    const whole = found && toBackup({ ...found, key: backupKey, instance: manifest, timeZone });
    const backup = whole?.checksums ? { ...whole, checksums: undefined } : whole;
    const known = entries.get(backupId);
    const isSame = known !== undefined && isDeepStrictEqual(known.backup, backup);
    const isQuiet =
      backup !== null &&
      current.changedAt <= at - RESTLESS_MS &&
      backup.manifest.backupStatus !== 'BUILDING';
    if (isQuiet) restless.delete(backupId);
    else restless.add(backupId);
    const note = noteOf(current, at);
    entries.set(backupId, {
      // What is no backup may have been unreadable for a moment.
      stamp: note.stamp,
      isFinal: note.isFinal && isReadable(current) && backup !== null,
      backup: isSame ? known.backup : backup,
      hasChecksums: whole?.checksums !== undefined,
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
    const seen = reader.lookAtBackup({ ...key, backupId });
    const files = entry.backup?.files ?? [];
    const isSame =
      isUpToDate(entry, seen) &&
      !(restless.has(backupId) && seen.changedAt <= at - RESTLESS_MS) &&
      (files.length > maxFiles || areUnchanged(backupId, files));
    return isSame ? false : read(backupId, seen);
  }

  function areUnchanged(backupId: string, files: CataloguedBackup['files']): boolean {
    const folder = `${reader.pathOf({ ...key, backupId })}/files`;
    return files.every(({ name, version }) => fileAt(folder, name)?.version === version);
  }

  function checkRestless(): void {
    const maxAgeMs = restless.size <= FEW_RESTLESS ? 0 : CHECKED_EVERY_MS;
    let count = Math.min(restless.size, MAX_RESTLESS);
    for (const backupId of restless) {
      if ((count -= 1) < 0) return;
      // In turns: those that stay restless go to the end.
      restless.delete(backupId);
      restless.add(backupId);
      check(backupId, maxAgeMs, FILES_OF_A_LIST);
    }
  }

  async function refresh(isForced: boolean): Promise<void> {
    while (reading) await reading;
    refreshManifest();
    const at = now();
    const seen = reader.lookAtFolder(key);
    if (!isForced && isUpToDate(listNote, seen)) {
      checkRestless();
      return;
    }
    const ids = new Set(seen === null ? [] : reader.idsIn(key));
    for (const backupId of [...entries.keys()]) if (!ids.has(backupId)) drop(backupId);
    const isFirst = listNote === null;
    const forgottenBefore = forgotten;
    const run = inSlices(ids, (backupId) => {
      if (!entries.has(backupId)) read(backupId);
    });
    reading = run.then(ended, ended);
    await run;
    if (forgotten !== forgottenBefore) return refresh(isForced);
    listNote = noteOf(seen, at);
    // Requests need not wait for a full check.
    if (isForced)
      await inSlices(ids, (backupId) => check(backupId, 0, Infinity), FULL_CHECK_REST_MS);
    else if (!isFirst) checkRestless();
  }

  const ended = (): void => {
    reading = null;
  };

  return {
    key,
    describe(maxAgeMs = 0) {
      if (now() - manifestAt >= maxAgeMs) refreshManifest();
      return described;
    },
    refresh: (isForced = false) => refresh(isForced),
    backups() {
      sorted ??= [...entries.values()].flatMap(({ backup }) => backup ?? []).sort(newestFirst);
      return sorted;
    },
    check: (backupId, maxAgeMs) => check(backupId, maxAgeMs, FILES_OF_A_LIST),
    find(backupId) {
      refreshManifest();
      if (entries.has(backupId)) check(backupId, 0, FILES_OF_A_LOOKUP);
      else if (reader.lookAtFolder({ ...key, backupId }) && reader.idsIn(key).includes(backupId)) {
        read(backupId);
      }
      const { backup = null, hasChecksums = false } = entries.get(backupId) ?? {};
      if (!backup || !hasChecksums) return backup;
      return { ...backup, checksums: reader.checksums(backup.key) };
    },
  };
}

function isReadable({ manifest, files }: BackupLook): boolean {
  return manifest !== undefined && files !== undefined;
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
