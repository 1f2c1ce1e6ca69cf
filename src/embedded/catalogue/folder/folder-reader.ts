import { join, relative, sep } from 'node:path';
import pLimit from 'p-limit';
import { isIdPart, type BackupKey, type InstanceKey } from '../../../domain/ids.js';
import type { Logger } from '../../../telemetry/logger.js';
import { hasCode } from '../../../domain/error-code.js';
import { ApiError } from '../../http/api-error.js';
import {
  backupManifest,
  instanceManifest,
  type BackupManifest,
  type InstanceManifest,
  type Manifest,
} from '../manifest.js';
import { missingFrom, namedFiles, namesOf } from '../catalogued-backup.js';
import type { StoredFile } from '../stored-file.js';
import { createFaultLog } from './fault-log.js';
import { look, type Look } from './look.js';
import { createManifestReader } from './manifest-reader.js';
import { foldersIn, foldersOf, listStoredFiles, type FoundFiles } from './stored-files.js';

/** What one backup's own folder holds. */
export interface FoundBackup {
  readonly manifest: BackupManifest;
  readonly files: readonly StoredFile[];
  /** Names of what belongs to the backup and cannot be served. */
  readonly unavailable?: readonly string[] | undefined;
}

/** What the file system reports of a backup without reading its content. */
export interface BackupLook {
  /** Of backup.json and of the folder of the files; files have versions of their own. */
  readonly stamp: string;
  readonly changedAt: number;
  /** Whether there is a folder of the files; undefined where that cannot be seen. */
  readonly hasFiles: boolean | undefined;
}

/** Reads the folder as it is at the moment; every fault is logged once. */
export interface FolderReader {
  pathOf(key: Partial<BackupKey>): string;
  /** The folder of the files of a backup. */
  filesOf(key: BackupKey): string;
  /** Ids that have a real folder in the one of `key`. @throws ApiError 503 UNAVAILABLE */
  idsIn(key: Partial<BackupKey>): Promise<string[]>;
  /** Null where there is no such folder. @throws ApiError 503 UNAVAILABLE */
  lookAtFolder(key: Partial<BackupKey>): Promise<Look | null>;
  lookAtManifest(key: InstanceKey): Promise<Look | null>;
  /** Whether there is something of this name where the folder of a backup would be, or may be. */
  mayHave(key: BackupKey): Promise<boolean>;
  lookAtBackup(key: BackupKey): Promise<BackupLook>;
  instance(key: InstanceKey): Promise<Manifest<InstanceManifest>>;
  /**
   * Null where the folder holds no backup, or one whose manifest is broken.
   * @param seen a look at it just before
   */
  backup(key: BackupKey, seen: BackupLook): Promise<FoundBackup | null>;
}

/** Folders read at a time: enough to be quick, few enough to not run out of descriptors. */
const PARALLEL_READS = 32;

/** Names in a line of the log. */
const LOGGED_NAMES = 10;
/** Stands for files that cannot even be listed. */
const OUT_OF_REACH: FoundFiles = { files: [], unavailable: ['files'] };

/** @param root the real path of the folder */
export function createFolderReader(root: string, logger: Logger): FolderReader {
  const readManifest = createManifestReader(root, logger);
  const faults = createFaultLog(root, logger);
  const limit = pLimit(PARALLEL_READS);
  const outOfReach = new Set<string>();
  const notWhole = new Set<string>();
  const pathOf = ({ regionId = '', instanceId = '', backupId = '' }: Partial<BackupKey>) =>
    join(root, regionId, instanceId, backupId);

  /** Reports a folder that cannot be read; the error names no path of this machine. */
  function unavailable(folder: string, error: unknown): ApiError {
    faults.failed(folder, error, 'a folder cannot be read: what is asked of it fails');
    return new ApiError(503, 'UNAVAILABLE', 'The folder of the backups cannot be read.');
  }

  /** The root is there, or out of reach: it must not look empty. */
  async function lookAtRoot(): Promise<Look> {
    const found = await look(root);
    if (found?.isFolder) return found;
    throw Object.assign(new Error('The root is gone.'), { code: found ? 'ENOTDIR' : 'ENOENT' });
  }

  /** What is in one backup's own folder; one that may not be read costs that, and a warning. */
  async function orLeftOut<Found>(
    folder: string,
    reading: Promise<Found>,
    nothing: Found,
  ): Promise<Found> {
    try {
      const found = await reading;
      faults.worked(folder);
      return found;
    } catch (error) {
      if (!hasCode(error, 'EACCES', 'EPERM')) throw error;
      faults.failed(folder, error, 'a folder cannot be read: what is in it is left out');
      return nothing;
    }
  }

  async function readBackup(key: BackupKey, seen: BackupLook): Promise<FoundBackup | null> {
    const folder = pathOf(key);
    const manifest = await readManifest(`${folder}${sep}backup.json`, backupManifest);
    if (manifest.kind === 'broken') return null;
    const files = `${folder}${sep}files`;
    const place = seen.hasFiles ? null : await orLeftOut(folder, look(files), null);
    const hasFiles = seen.hasFiles ?? place?.isFolder ?? false;
    if (manifest.kind === 'missing' && !hasFiles && !place) return null;
    const content = manifest.kind === 'read' ? manifest.content : {};
    const found = hasFiles
      ? await orLeftOut(files, listStoredFiles(files), OUT_OF_REACH)
      : { files: [], unavailable: place ? ['files'] : [] };
    const names = [...namedFiles(content, found.files), ...namesOf(content.objects ?? []).values()];
    const unavailable = [...found.unavailable, ...missingFrom(found.files, names)];
    if (unavailable.length === 0) notWhole.delete(folder);
    else if (found !== OUT_OF_REACH && !notWhole.has(folder)) {
      notWhole.add(folder);
      const facts = { backup: relative(root, folder), count: unavailable.length };
      logger.warn(
        { ...facts, unavailable: unavailable.slice(0, LOGGED_NAMES) },
        'a backup is not whole: files are missing, or are not regular files with names in UTF-8',
      );
    }
    return { manifest: content, files: found.files, unavailable };
  }

  return {
    pathOf,
    filesOf: (key) => join(pathOf(key), 'files'),
    async idsIn(key) {
      const folder = pathOf(key);
      const read = folder === root ? foldersOf : foldersIn;
      try {
        const names = await limit(() => read(folder));
        faults.worked(folder);
        return names.filter(isIdPart).sort();
      } catch (error) {
        throw unavailable(folder, error);
      }
    },
    async lookAtFolder(key) {
      const folder = pathOf(key);
      try {
        const found = await (folder === root ? lookAtRoot() : look(folder));
        // One that can be looked at need not be one that can be read.
        if (outOfReach.delete(folder)) faults.worked(folder);
        return found?.isFolder ? found : null;
      } catch (error) {
        outOfReach.add(folder);
        throw unavailable(folder, error);
      }
    },
    mayHave: (key) =>
      look(pathOf(key)).then(
        (found) => found !== null,
        () => true,
      ),
    lookAtManifest: (key) => look(join(pathOf(key), 'instance.json')).catch(() => null),
    async lookAtBackup(key) {
      const folder = pathOf(key);
      const [manifest, files] = await Promise.all([
        look(`${folder}${sep}backup.json`).catch(() => undefined),
        look(`${folder}${sep}files`).catch(() => undefined),
      ]);
      return {
        stamp: `${manifest?.stamp ?? ''} ${files?.stamp ?? ''}`,
        changedAt: Math.max(manifest?.changedAt ?? 0, files?.changedAt ?? 0),
        hasFiles: files === undefined ? undefined : (files?.isFolder ?? false),
      };
    },
    instance: (key) =>
      limit(() => readManifest(join(pathOf(key), 'instance.json'), instanceManifest)),
    backup: (key, seen) => limit(() => readBackup(key, seen)),
  };
}
