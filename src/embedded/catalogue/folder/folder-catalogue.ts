import { access, constants, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { isIdPart, type BackupKey, type InstanceKey } from '../../../domain/ids.js';
import type { Logger } from '../../../telemetry/logger.js';
import { codeOf, hasCode } from '../../../domain/error-code.js';
import { ApiError } from '../../http/api-error.js';
import { newestFirst } from '../backup-index.js';
import type { Catalogue, CataloguedInstance } from '../catalogue.js';
import { toBackup, type CataloguedBackup } from '../catalogued-backup.js';
import {
  backupManifest,
  instanceManifest,
  type InstanceManifest,
  type Manifest,
} from '../manifest.js';
import { createManifestReader } from './manifest-reader.js';
import { createFaultLog } from './fault-log.js';
import {
  foldersIn,
  foldersOf,
  listStoredFiles,
  openStoredFile,
  type OpenFile,
  type OpenPath,
} from './stored-files.js';

/** A catalogue that opens the files of its backups, too. */
export interface FolderCatalogue extends Catalogue {
  /**
   * Null where the backup has no such file. The caller closes the handle.
   * @throws ApiError 403 FILE_NOT_READABLE, 503 UNAVAILABLE
   */
  openFile(key: BackupKey, fileName: string): Promise<OpenFile | null>;
}

export interface FolderCatalogueOptions {
  /** Folder of `<regionId>/<instanceId>/<backupId>/files/<file>`. It exists. */
  readonly dir: string;
  /** Zone of derived times, as `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
  readonly open?: OpenPath;
}

/** Folders read at a time: enough to be quick, few enough to not run out of descriptors. */
const PARALLEL_READS = 16;

/** @throws Error naming EMBEDDED_DIR where it cannot be read: it must not look empty */
export async function createFolderCatalogue(
  options: FolderCatalogueOptions,
): Promise<FolderCatalogue> {
  const { timeZone, logger } = options;
  const root = await readableRoot(options.dir);
  const readManifest = createManifestReader(root, logger);
  const faults = createFaultLog(root, logger);
  const limit = pLimit(PARALLEL_READS);
  const folderOf = ({ regionId, instanceId }: InstanceKey) => join(root, regionId, instanceId);

  /** Ids are names of real folders; any other folder, as one still being written, is not looked at. */
  async function idsIn(folder: string, read = foldersIn): Promise<string[]> {
    try {
      const names = await read(folder);
      faults.worked(folder);
      return names.filter(isIdPart).sort();
    } catch (error) {
      faults.failed(folder, error, 'a folder cannot be read: what is asked of it fails');
      throw unavailable('The folder of the backups cannot be read.');
    }
  }

  async function instanceIds(regionId: string): Promise<string[]> {
    return (await idsIn(root, foldersOf)).includes(regionId) ? idsIn(join(root, regionId)) : [];
  }

  /** What is in one backup's own folder; one that may not be read costs that, and a warning. */
  async function orLeftOut<Found>(folder: string, reading: Promise<Found[]>): Promise<Found[]> {
    try {
      const found = await reading;
      faults.worked(folder);
      return found;
    } catch (error) {
      if (!hasCode(error, 'EACCES', 'EPERM')) throw error;
      faults.failed(folder, error, 'a folder cannot be read: what is in it is left out');
      return [];
    }
  }

  function readInstance(key: InstanceKey): Promise<Manifest<InstanceManifest>> {
    return limit(() => readManifest(join(folderOf(key), 'instance.json'), instanceManifest));
  }

  async function readBackup(
    key: BackupKey,
    instance: Manifest<InstanceManifest>,
  ): Promise<CataloguedBackup | null> {
    const folder = join(folderOf(key), key.backupId);
    const manifest = await readManifest(join(folder, 'backup.json'), backupManifest);
    if (manifest.kind === 'broken') return null;
    const hasFiles = (await orLeftOut(folder, foldersIn(folder))).includes('files');
    if (manifest.kind === 'missing' && !hasFiles) return null;
    const files = join(folder, 'files');
    return toBackup({
      key,
      manifest: manifest.kind === 'read' ? manifest.content : {},
      instance,
      files: hasFiles ? await orLeftOut(files, listStoredFiles(files)) : [],
      timeZone,
    });
  }

  /** The backups of an instance by id, all or the one asked for. */
  async function readBackups(key: InstanceKey, wanted?: string): Promise<CataloguedBackup[]> {
    const ids = (await idsIn(folderOf(key))).filter((id) => wanted === undefined || id === wanted);
    if (ids.length === 0) return [];
    const instance = await readInstance(key);
    const all = await Promise.all(
      ids.map((backupId) => limit(() => readBackup({ ...key, backupId }, instance))),
    );
    return all.filter((found) => found !== null).sort(newestFirst);
  }

  async function described(key: InstanceKey): Promise<CataloguedInstance | null> {
    const manifest = await readInstance(key);
    return manifest.kind === 'read' ? { ...key, manifest: manifest.content } : null;
  }

  return {
    async regions() {
      const ids = await idsIn(root, foldersOf);
      const held = await Promise.all(ids.map((id) => limit(() => idsIn(join(root, id)))));
      return ids.filter((_, index) => (held[index] ?? []).length > 0);
    },

    async instances(regionId) {
      const ids = await instanceIds(regionId);
      const all = await Promise.all(ids.map((instanceId) => described({ regionId, instanceId })));
      return all.filter((found) => found !== null);
    },

    async instance(key) {
      return (await instanceIds(key.regionId)).includes(key.instanceId) ? described(key) : null;
    },

    async backups(key) {
      return (await instanceIds(key.regionId)).includes(key.instanceId) ? readBackups(key) : null;
    },

    async backup({ backupId, ...key }) {
      return (await readBackups(key, backupId))[0] ?? null;
    },

    async findBackups(regionId, backupId) {
      const ids = await instanceIds(regionId);
      const all = await Promise.allSettled(
        ids.map((instanceId) => readBackups({ regionId, instanceId }, backupId)),
      );
      const found = all.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
      const failed = all.find((one) => one.status === 'rejected');
      // Where one was not found, it may be in the folder that could not be read.
      if (found.length === 0 && failed) throw failed.reason;
      return found;
    },

    async openFile(key, fileName) {
      const folder = join(folderOf(key), key.backupId, 'files');
      const path = join(folder, fileName);
      try {
        const file = await openStoredFile(folder, fileName, options.open);
        faults.worked(path);
        return file;
      } catch (error) {
        faults.failed(path, error, 'a file cannot be opened: its downloads are refused');
        if (hasCode(error, 'EACCES', 'EPERM')) throw unreadable();
        if (hasCode(error, 'EMFILE', 'ENFILE')) throw unavailable('Too many files are open.');
        throw error;
      }
    },
  };
}

function unreadable(): ApiError {
  const message = 'The server may not read this file: tell its operator. A new link does not help.';
  return new ApiError(403, 'FILE_NOT_READABLE', message);
}

function unavailable(message: string): ApiError {
  return new ApiError(503, 'UNAVAILABLE', message);
}

/** The real path of the folder, once its names can be read and its folders entered. */
async function readableRoot(dir: string): Promise<string> {
  try {
    const root = await realpath(dir);
    await readdir(root);
    await access(root, constants.X_OK);
    return root;
  } catch (cause) {
    const reason = codeOf(cause) ?? 'unknown reason';
    throw new Error(`EMBEDDED_DIR: the folder ${dir} cannot be read: ${reason}.`, { cause });
  }
}
