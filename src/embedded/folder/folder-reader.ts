import { constants, readdirSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import type { z } from 'zod';
import { codeOf } from '../../domain/error-code.js';
import { isIdPart, type BackupKey, type InstanceKey } from '../../domain/ids.js';
import {
  namesOf,
  reportNotWhole,
  toBackup,
  type CataloguedBackup,
} from '../catalogue/catalogued-backup.js';
import type { ReportFinding } from '../catalogue/findings.js';
import {
  backupManifest,
  brokenManifest,
  instanceManifest,
  MAX_MANIFEST_SIZE,
  parseManifest,
  type InstanceManifest,
  type Manifest,
} from '../catalogue/manifest.js';
import { ApiError } from '../api/api-error.js';
import { listFiles, type FoundFiles } from './list-files.js';
import { statPath, type PathStat } from './path-stamp.js';

/** What the file system reports of a backup without reading its content; undefined if out of reach. */
export interface BackupStat {
  readonly manifest: PathStat | null | undefined;
  readonly files: PathStat | null | undefined;
  readonly stamp: string;
  readonly changedAt: number;
}

/** Reads the folder as it is now, synchronously; each finding is logged once. */
export type FolderReader = ReturnType<typeof createFolderReader>;

/** Stands for files that cannot even be listed. */
const OUT_OF_REACH: FoundFiles = { files: [], unavailable: ['files'] };
const NO_FILES: FoundFiles = { files: [], unavailable: [] };

/**
 * @param rootOf returns the real path of the folder, which may change
 * @param timeZone UTC offset of derived times, for example `+08:00`
 */
export function createFolderReader(rootOf: () => string, timeZone: string, report: ReportFinding) {
  const pathOf = (key: Partial<BackupKey>): string => {
    const { regionId, instanceId, backupId } = key;
    let path = rootOf();
    for (const part of [regionId, instanceId, backupId]) if (part) path += sep + part;
    return path;
  };
  const nameOf = (path: string): string => path.slice(rootOf().length + 1) || '.';

  /** The error names no path of this machine. */
  function readable<Found>(
    folder: string,
    how: 'look' | 'enter' | 'list',
    read: () => Found,
  ): Found {
    try {
      const found = read();
      report('folder', `${how} ${folder}`, null);
      return found;
    } catch (error) {
      report('folder', `${how} ${folder}`, { file: nameOf(folder), code: codeOf(error) });
      throw folderUnavailable();
    }
  }

  function manifestAt<Content>(
    path: string,
    seen: PathStat | null | undefined,
    schema: z.ZodType<Content>,
  ): Manifest<Content> {
    const manifest = seen === null ? MISSING : readManifest(path, seen, schema);
    const isBroken = manifest.kind === 'broken';
    report('manifest', path, isBroken ? { file: nameOf(path), faults: manifest.faults } : null);
    return manifest;
  }

  function filesIn(folder: string, seen: PathStat | null | undefined): FoundFiles {
    if (seen === null) return NO_FILES;
    // A link, or a file.
    if (seen && seen.kind !== 'folder') return { ...OUT_OF_REACH };
    try {
      const found = listFiles(folder);
      report('files', folder, null);
      return found;
    } catch (error) {
      report('files', folder, { file: nameOf(folder), code: codeOf(error) });
      return OUT_OF_REACH;
    }
  }

  return {
    pathOf,

    /** Ids that have a real folder in the one of `key`, sorted. @throws ApiError 503 UNAVAILABLE */
    idsIn(key: Partial<BackupKey>): string[] {
      const folder = pathOf(key);
      const entries = readable(folder, 'list', () => entriesOf(folder));
      const ids: string[] = [];
      for (const entry of entries) {
        if (!isIdPart(entry.name)) continue;
        if (entry.isDirectory()) ids.push(entry.name);
        else if (entry.isSymbolicLink()) {
          const path = `${folder}${sep}${entry.name}`;
          report('symbolicLink', path, { file: nameOf(path) });
        }
      }
      return ids.sort();
    },

    /** Null if there is no such folder. @throws ApiError 503 UNAVAILABLE */
    statFolder(key: Partial<BackupKey>): PathStat | null {
      const folder = pathOf(key);
      const found = readable(folder, 'look', () => statPath(folder));
      return found?.kind === 'folder' ? found : null;
    },

    /** Of instance.json. @throws ApiError 503 UNAVAILABLE */
    statManifest(key: InstanceKey): PathStat | null {
      const folder = pathOf(key);
      return readable(folder, 'enter', () => statPath(`${folder}${sep}instance.json`));
    },

    statBackup(key: BackupKey): BackupStat {
      const folder = pathOf(key);
      const manifest = tryStat(`${folder}${sep}backup.json`);
      const files = tryStat(`${folder}${sep}files`);
      return {
        manifest,
        files,
        stamp: `${manifest?.stamp ?? ''} ${files?.stamp ?? ''}`,
        changedAt: Math.max(manifest?.changedAt ?? 0, files?.changedAt ?? 0),
      };
    },

    instance({ regionId, instanceId }: InstanceKey): Manifest<InstanceManifest> {
      const path = `${pathOf({ regionId, instanceId })}${sep}instance.json`;
      return manifestAt(path, tryStat(path), instanceManifest);
    },

    /** Null if the folder holds no backup, or one whose manifest is broken. */
    backup(
      key: BackupKey,
      seen: BackupStat,
      instance: Manifest<InstanceManifest>,
    ): CataloguedBackup | null {
      if (seen.manifest === null && seen.files === null) return null;
      const folder = pathOf(key);
      const manifest = manifestAt(`${folder}${sep}backup.json`, seen.manifest, backupManifest);
      if (manifest.kind === 'broken') return null;
      const found = filesIn(`${folder}${sep}files`, seen.files);
      const objects = manifest.kind === 'read' ? manifest.content.objects : undefined;
      // A folder has no objects elsewhere.
      const unavailable = objects
        ? [...found.unavailable, ...namesOf(objects).values()]
        : found.unavailable;
      const backup = toBackup(
        { key, manifest, instance, files: found.files, unavailable },
        timeZone,
      );
      if (backup && found !== OUT_OF_REACH) reportNotWhole(backup, report);
      return backup;
    },
  };
}

export function folderUnavailable(): ApiError {
  return new ApiError(503, 'UNAVAILABLE', 'The folder of the backups cannot be read.');
}

const MISSING = { kind: 'missing' } as const;

/** A JSON file that is not a small regular file of valid content is broken. */
function readManifest<Content>(
  path: string,
  seen: PathStat | undefined,
  schema: z.ZodType<Content>,
): Manifest<Content> {
  if (seen && (seen.kind !== 'file' || seen.size > MAX_MANIFEST_SIZE)) {
    return brokenManifest(`not a regular file of at most ${MAX_MANIFEST_SIZE} bytes`);
  }
  let text = '';
  try {
    // It may have become a link or a pipe since, which is not waited for.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const flag = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    // Node takes numeric flags here, which its types do not say.
    text = readFileSync(path, { encoding: 'utf8', flag: flag as unknown as string });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return MISSING;
  }
  return parseManifest(text, schema);
}

/** None if the folder is missing. @throws any other error of the file system */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Undefined if it may be there but is out of reach. */
function tryStat(path: string): PathStat | null | undefined {
  try {
    return statPath(path);
  } catch {
    return undefined;
  }
}
