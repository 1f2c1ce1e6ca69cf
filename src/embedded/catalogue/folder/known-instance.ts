import pLimit from 'p-limit';
import type { InstanceKey } from '../../../domain/ids.js';
import type { BackupIndex } from '../backup-index.js';
import { toBackup, type CataloguedBackup } from '../catalogued-backup.js';
import type { BackupManifest, InstanceManifest, Manifest } from '../manifest.js';
import type { StoredFile } from '../stored-file.js';
import type { FolderReader, FoundBackup } from './folder-reader.js';
import { isUpToDate, noteOf, type Note } from './note.js';
import { oneAtATime } from './one-at-a-time.js';
import { areUnchanged } from './stored-files.js';

/** What is known of a folder that is, or may become, a backup. */
export interface Entry {
  note: Note;
  /** The content of backup.json; null if the folder holds no backup. */
  told: BackupManifest | null;
  unavailable?: readonly string[] | undefined;
}

/** A backup as it was seen in an earlier life of the process. */
export interface KeptBackup extends FoundBackup {
  readonly stamp: string;
}

export interface InstanceOptions {
  readonly reader: FolderReader;
  readonly index: BackupIndex;
  /** Zone of derived times, as `+08:00`. */
  readonly timeZone: string;
  readonly now: () => number;
  /** What an earlier process knew of the instance, by backup id. */
  readonly keptOf: (key: InstanceKey) => Promise<ReadonlyMap<string, KeptBackup> | undefined>;
}

/** One instance of the folder: knows what of it is in the index, and brings that up to date. */
export interface KnownInstance {
  readonly key: InstanceKey;
  readonly entries: ReadonlyMap<string, Entry>;
  /** The files of a backup as they were seen last. */
  filesOf(backupId: string): readonly StoredFile[];
  /** Whether its list has been read. */
  isRead(): boolean;
  /** Reads instance.json where it has changed. */
  refreshManifest(): Promise<void>;
  /** Reads which backups there are where that has changed, and those that are new. @throws ApiError */
  refresh(): Promise<void>;
  /** The same whatever the times of the folder are: network file systems may not show changes. */
  relist(): Promise<void>;
  /**
   * Looks at one backup, unless that was done within `maxAgeMs`; reads it where it has changed.
   * @returns whether it was read again
   */
  check(backupId: string, maxAgeMs: number, depth?: 'all files'): Promise<boolean>;
  /** Reads one backup, with its checksums; null where there is none of this id. */
  read(backupId: string): Promise<CataloguedBackup | null>;
  /** Backups that are likely to change soon: those that just did, those being built, and folders that are none. */
  restless(): readonly string[];
  forget(): void;
}

/** Backups of an instance read at a time; there are more readers, so that another instance need not wait. */
const PARALLEL_BACKUPS = 16;
/** Milliseconds for which what has changed is expected to change again. */
const RESTLESS_MS = 60_000;
/** With more files, only their folder is looked at, but by the full check and for a link. */
const FILES_LOOKED_AT = 16;

export function createKnownInstance(key: InstanceKey, options: InstanceOptions): KnownInstance {
  const { reader, index, timeZone, now, keptOf } = options;
  const limit = pLimit(PARALLEL_BACKUPS);
  const entries = new Map<string, Entry>();
  const restless = new Set<string>();
  let manifest: Manifest<InstanceManifest> = { kind: 'missing' };
  let manifestNote: Note | null = null;
  let listNote: Note | null = null;
  let isForgotten = false;

  index.putInstance(key, null);

  const derive = (backupId: string, found: FoundBackup): CataloguedBackup =>
    toBackup({ ...found, key: { ...key, backupId }, instance: manifest, timeZone });

  const filesOf = (backupId: string) => index.backup({ ...key, backupId })?.files ?? [];

  async function refreshManifest(): Promise<void> {
    const at = now();
    const seen = await reader.lookAtManifest(key);
    if (isUpToDate(manifestNote, seen, at)) return;
    const read = await reader.instance(key);
    // It may have been unreadable for a moment: a broken one is read again.
    manifestNote = noteOf(seen, at, read.kind !== 'broken');
    if (isForgotten) return;
    const earlier = manifest;
    manifest = read;
    index.putInstance(key, read.kind === 'read' ? read.content : null);
    if (!derivesTheSame(earlier, read)) deriveAgain();
  }

  function deriveAgain(): void {
    for (const [backupId, { told, unavailable }] of entries) {
      const files = filesOf(backupId);
      if (told) index.put(derive(backupId, { manifest: told, files, unavailable }));
    }
  }

  function put(backupId: string, found: FoundBackup | null): CataloguedBackup | null {
    if (found === null) {
      index.remove({ ...key, backupId });
      return null;
    }
    const listed = derive(backupId, withoutChecksums(found));
    index.put(listed);
    return found.manifest.checksums === undefined ? listed : derive(backupId, found);
  }

  async function read(backupId: string, earlier?: KeptBackup): Promise<CataloguedBackup | null> {
    const at = now();
    const backup = { ...key, backupId };
    const seen = await reader.lookAtBackup(backup);
    const folder = reader.filesOf(backup);
    const isSame = earlier?.stamp === seen.stamp && (await areUnchanged(folder, earlier.files));
    const found = isSame ? earlier : await reader.backup(backup, seen);
    if (isForgotten) return null;
    // What is no backup may have been unreadable for a moment, or is about to become one.
    const note = noteOf(seen, at, found !== null);
    const told = found && withoutChecksums(found).manifest;
    entries.set(backupId, { note, told, unavailable: found?.unavailable });
    const isRestless =
      found === null ||
      seen.changedAt > at - RESTLESS_MS ||
      found.manifest.backupStatus === 'BUILDING';
    if (isRestless) restless.add(backupId);
    else restless.delete(backupId);
    return put(backupId, found);
  }

  function drop(backupId: string): void {
    entries.delete(backupId);
    restless.delete(backupId);
    index.remove({ ...key, backupId });
  }

  async function list(isForced: boolean): Promise<void> {
    const at = now();
    const folder = await reader.lookAtFolder(key);
    if (folder === null) {
      for (const backupId of [...entries.keys()]) drop(backupId);
      listNote = null;
      return;
    }
    const isListed = !isForced && isUpToDate(listNote, folder, at);
    const ids = isListed ? [] : await reader.idsIn(key);
    await refreshManifest();
    if (isListed) return;
    const there = new Set(ids);
    for (const backupId of [...entries.keys()]) if (!there.has(backupId)) drop(backupId);
    const added = ids.filter((backupId) => !entries.has(backupId));
    const kept = listNote === null ? await keptOf(key) : undefined;
    await Promise.all(added.map((backupId) => limit(() => read(backupId, kept?.get(backupId)))));
    listNote = noteOf(folder, at, true);
  }

  const refresh = oneAtATime(() => list(false));

  return {
    key,
    entries,
    filesOf,
    isRead: () => listNote !== null,
    refreshManifest,
    refresh,
    relist: () => list(true),

    async check(backupId, maxAgeMs, depth) {
      const entry = entries.get(backupId);
      const at = now();
      if (!entry || at - entry.note.lookedAt < maxAgeMs) return false;
      entry.note = { ...entry.note, lookedAt: at };
      const backup = { ...key, backupId };
      const seen = await reader.lookAtBackup(backup);
      const files = filesOf(backupId);
      const looksAtFiles = depth === 'all files' || files.length <= FILES_LOOKED_AT;
      const isSame =
        entry.note.isFinal &&
        entry.note.stamp === seen.stamp &&
        (!looksAtFiles || (await areUnchanged(reader.filesOf(backup), files)));
      if (isSame) {
        const isQuiet =
          seen.changedAt <= at - RESTLESS_MS && entry.told?.backupStatus !== 'BUILDING';
        if (isQuiet) restless.delete(backupId);
        return false;
      }
      await read(backupId);
      return true;
    },

    async read(backupId) {
      if (!entries.has(backupId) && !(await reader.idsIn(key)).includes(backupId)) return null;
      await refreshManifest();
      return read(backupId);
    },

    restless: () => [...restless],

    forget() {
      isForgotten = true;
      entries.clear();
      restless.clear();
      index.removeInstance(key);
    },
  };
}

/** Only links return them, and they read the backup itself. */
function withoutChecksums(found: FoundBackup): FoundBackup {
  const { manifest } = found;
  if (manifest.checksums === undefined) return found;
  const told = { ...manifest };
  delete told.checksums;
  return { ...found, manifest: told };
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
