import { access, constants, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { isIdPart, type BackupKey, type InstanceKey } from '../../domain/ids.js';
import type { Logger } from '../../telemetry/logger.js';
import { codeOf } from '../error-code.js';
import { toBackup, type CataloguedBackup } from './catalogued-backup.js';
import {
  backupManifest,
  instanceManifest,
  type InstanceManifest,
  type Manifest,
} from './manifest.js';
import { createManifestReader } from './manifest-reader.js';
import { listStoredFiles, namesIn, openStoredFile, type OpenFile } from './stored-files.js';

/** An instance that is not deleted. */
export interface CataloguedInstance extends InstanceKey {
  readonly manifest: InstanceManifest;
}

/** What the folder of the embedded upstream holds, read anew on every call. */
export interface Catalogue {
  /** The instances of a region that are not deleted, by id. */
  instances(regionId: string): Promise<CataloguedInstance[]>;
  /** Null where the instance is deleted or was never there. */
  instance(key: InstanceKey): Promise<CataloguedInstance | null>;
  /** Every readable backup of an instance, deleted or not; null where there is no such folder. */
  backups(key: InstanceKey): Promise<CataloguedBackup[] | null>;
  /** The backups of this id in a region: one, unless somebody copied a folder. */
  findBackups(regionId: string, backupId: string): Promise<CataloguedBackup[]>;
  /** Null where the backup has no such file. The caller closes the handle. */
  openFile(key: BackupKey, fileName: string): Promise<OpenFile | null>;
}

export interface CatalogueOptions {
  /** Folder of `<regionId>/<instanceId>/<backupId>/files/<file>`. It exists. */
  readonly dir: string;
  /** Zone of derived times, as `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
}

/** Folders read at a time: enough to be quick, few enough to not run out of descriptors. */
const PARALLEL_READS = 16;

/** @throws Error naming EMBEDDED_DIR where it cannot be read: it must not look empty */
export async function createCatalogue(options: CatalogueOptions): Promise<Catalogue> {
  const { timeZone, logger } = options;
  const root = await readableRoot(options.dir);
  const readManifest = createManifestReader(root, logger);
  const limit = pLimit(PARALLEL_READS);
  const folderOf = ({ regionId, instanceId }: InstanceKey) => join(root, regionId, instanceId);

  /** Ids are names of real folders; any other folder, as one still being written, is not looked at. */
  async function idsIn(folder: string): Promise<string[]> {
    return (await namesIn(folder, 'folder')).filter(isIdPart).sort();
  }

  async function instanceIds(regionId: string): Promise<string[]> {
    return (await idsIn(root)).includes(regionId) ? idsIn(join(root, regionId)) : [];
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
    const hasFiles = (await namesIn(folder, 'folder')).includes('files');
    if (manifest.kind === 'broken' || (manifest.kind === 'missing' && !hasFiles)) return null;
    return toBackup({
      key,
      manifest: manifest.kind === 'read' ? manifest.content : {},
      instance,
      files: hasFiles ? await listStoredFiles(join(folder, 'files')) : [],
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
    return all.filter((found) => found !== null);
  }

  async function described(key: InstanceKey): Promise<CataloguedInstance | null> {
    const manifest = await readInstance(key);
    return manifest.kind === 'read' ? { ...key, manifest: manifest.content } : null;
  }

  return {
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

    async findBackups(regionId, backupId) {
      const ids = await instanceIds(regionId);
      const all = await Promise.all(
        ids.map((instanceId) => readBackups({ regionId, instanceId }, backupId)),
      );
      return all.flat();
    },

    openFile: (key, fileName) =>
      openStoredFile(join(folderOf(key), key.backupId, 'files'), fileName),
  };
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
