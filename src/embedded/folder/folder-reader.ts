import { join, relative, sep } from 'node:path';
import { codeOf } from '../../domain/error-code.js';
import { isIdPart, type BackupKey, type InstanceKey } from '../../domain/ids.js';
import type { Logger } from '../../telemetry/logger.js';
import { missingFrom, namedFiles, namesOf } from '../catalogue/catalogued-backup.js';
import type { Checksums } from '../catalogue/checksums.js';
import {
  backupManifest,
  instanceManifest,
  readManifest,
  type BackupManifest,
  type InstanceManifest,
  type Manifest,
} from '../catalogue/manifest.js';
import { ApiError } from '../api/api-error.js';
import { createFaultLog } from './fault-log.js';
import { entriesOf, listFiles, type FoundFiles } from './list-files.js';
import { look, type Look } from './look.js';

/** What one backup's own folder holds. */
export interface FoundBackup extends FoundFiles {
  readonly manifest: BackupManifest;
}

/** What the file system reports of a backup without reading its content; undefined if out of reach. */
export interface BackupLook {
  readonly manifest: Look | null | undefined;
  readonly files: Look | null | undefined;
  readonly stamp: string;
  readonly changedAt: number;
}

/** Reads the folder as it is now, synchronously; every fault is logged once. */
export interface FolderReader {
  pathOf(key: Partial<BackupKey>): string;
  /** Ids that have a real folder in the one of `key`, sorted. @throws ApiError 503 UNAVAILABLE */
  idsIn(key: Partial<BackupKey>): string[];
  /** Null if there is no such folder. @throws ApiError 503 UNAVAILABLE */
  lookAtFolder(key: Partial<BackupKey>): Look | null;
  /** At instance.json. @throws ApiError 503 UNAVAILABLE */
  lookAtManifest(key: InstanceKey): Look | null;
  lookAtBackup(key: BackupKey): BackupLook;
  instance(key: InstanceKey): Manifest<InstanceManifest>;
  /** Null if the folder holds no backup, or one whose manifest is broken. */
  backup(key: BackupKey, seen: BackupLook): FoundBackup | null;
  checksums(key: BackupKey): Checksums | undefined;
}

/** Names in a line of the log. */
const LOGGED_NAMES = 10;
/** Stands for files that cannot even be listed. */
const OUT_OF_REACH: FoundFiles = { files: [], unavailable: ['files'] };
const NO_FILES: FoundFiles = { files: [], unavailable: [] };

/** @param rootOf returns the real path of the folder, which may change */
export function createFolderReader(rootOf: () => string, logger: Logger): FolderReader {
  const report = createFaultLog(logger);
  const pathOf = ({ regionId = '', instanceId = '', backupId = '' }: Partial<BackupKey>) =>
    join(rootOf(), regionId, instanceId, backupId);
  const nameOf = (path: string) => relative(rootOf(), path) || '.';

  /** The error names no path of this machine. */
  function readable<Found>(
    folder: string,
    how: 'look' | 'enter' | 'list',
    read: () => Found,
  ): Found {
    const message = 'cannot read a folder; requests that need it fail';
    try {
      const found = read();
      report(`${how} ${folder}`, null, message);
      return found;
    } catch (error) {
      report(`${how} ${folder}`, { file: nameOf(folder), code: codeOf(error) }, message);
      throw new ApiError(503, 'UNAVAILABLE', 'The folder of the backups cannot be read.');
    }
  }

  function manifestAt<Content>(
    path: string,
    schema: Parameters<typeof readManifest<Content>>[1],
  ): Manifest<Content> {
    const manifest = readManifest(path, schema);
    const facts =
      manifest.kind === 'broken' ? { file: nameOf(path), faults: manifest.faults } : null;
    report(path, facts, 'invalid JSON manifest; skipping its backup or instance');
    return manifest;
  }

  function filesIn(folder: string, seen: Look | null | undefined): FoundFiles {
    const message = 'cannot read the files of a backup';
    if (seen === null) return NO_FILES;
    // A link, or a file.
    if (seen && seen.kind !== 'folder') return { ...OUT_OF_REACH };
    try {
      const found = listFiles(folder);
      report(folder, null, message);
      return found;
    } catch (error) {
      report(folder, { file: nameOf(folder), code: codeOf(error) }, message);
      return OUT_OF_REACH;
    }
  }

  return {
    pathOf,

    idsIn(key) {
      const folder = pathOf(key);
      const entries = readable(folder, 'list', () => entriesOf(folder));
      const ids: string[] = [];
      for (const entry of entries) {
        if (!isIdPart(entry.name)) continue;
        if (entry.isDirectory()) ids.push(entry.name);
        else if (entry.isSymbolicLink()) {
          const path = join(folder, entry.name);
          report(path, { file: nameOf(path) }, 'skipping a symbolic link to a folder of backups');
        }
      }
      return ids.sort();
    },

    lookAtFolder(key) {
      const folder = pathOf(key);
      const found = readable(folder, 'look', () => look(folder));
      return found?.kind === 'folder' ? found : null;
    },

    lookAtManifest(key) {
      const folder = pathOf(key);
      return readable(folder, 'enter', () => look(`${folder}${sep}instance.json`));
    },

    lookAtBackup(key) {
      const folder = pathOf(key);
      const manifest = tryLook(`${folder}${sep}backup.json`);
      const files = tryLook(`${folder}${sep}files`);
      return {
        manifest,
        files,
        stamp: `${manifest?.stamp ?? ''} ${files?.stamp ?? ''}`,
        changedAt: Math.max(manifest?.changedAt ?? 0, files?.changedAt ?? 0),
      };
    },

    instance: (key) => manifestAt(`${pathOf(key)}${sep}instance.json`, instanceManifest),

    backup(key, seen) {
      const folder = pathOf(key);
      if (seen.manifest === null && seen.files === null) return null;
      const manifest: Manifest<BackupManifest> =
        seen.manifest === null
          ? { kind: 'missing' }
          : manifestAt(`${folder}${sep}backup.json`, backupManifest);
      if (manifest.kind === 'broken') return null;
      const content = manifest.kind === 'read' ? manifest.content : {};
      const found = filesIn(`${folder}${sep}files`, seen.files);
      const names = [
        ...namedFiles(content, found.files),
        ...namesOf(content.objects ?? []).values(),
      ];
      const unavailable = [...found.unavailable, ...missingFrom(found.files, names)];
      const isTold =
        unavailable.length === 0 || found === OUT_OF_REACH || content.backupStatus === 'BUILDING';
      report(
        folder,
        isTold ? null : notWhole(nameOf(folder), unavailable),
        'a backup is not whole: files are missing, or are not regular files with names in UTF-8',
      );
      return { manifest: content, files: found.files, unavailable };
    },

    checksums(key) {
      const manifest = readManifest(`${pathOf(key)}${sep}backup.json`, backupManifest);
      return manifest.kind === 'read' ? manifest.content.checksums : undefined;
    },
  };
}

function notWhole(backup: string, unavailable: readonly string[]): object {
  return { backup, count: unavailable.length, unavailable: unavailable.slice(0, LOGGED_NAMES) };
}

/** Undefined if it may be there but is out of reach. */
function tryLook(path: string): Look | null | undefined {
  try {
    return look(path);
  } catch {
    return undefined;
  }
}
