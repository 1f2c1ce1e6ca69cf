import { access, constants, readdir, realpath } from 'node:fs/promises';
import type { BackupKey } from '../../../domain/ids.js';
import type { Logger } from '../../../telemetry/logger.js';
import { codeOf } from '../../../domain/error-code.js';
import type { Catalogue } from '../catalogue.js';
import type { CataloguedBackup } from '../catalogued-backup.js';
import { createFileOpener } from './file-opener.js';
import { startFolderChecks } from './folder-checks.js';
import { createFolderIndex } from './folder-index.js';
import { createFolderReader } from './folder-reader.js';
import { createFolderWatch, type WatchFolder } from './folder-watch.js';
import { createKeptIndex } from './kept-index.js';
import type { OpenFile, OpenPath } from './stored-files.js';

/** A catalogue that opens the files of its backups, too. */
export interface FolderCatalogue extends Catalogue {
  /**
   * Null where the backup has no such file. The caller closes the handle.
   * @throws ApiError 403 FILE_NOT_READABLE, 503 UNAVAILABLE
   */
  openFile(key: BackupKey, fileName: string): Promise<OpenFile | null>;
  /** Resolves once everything has been read for the first time; answers do not wait for that. */
  read(): Promise<void>;
  /** Stops looking at the folder. */
  close(): Promise<void>;
}

export interface FolderCatalogueOptions {
  /** Folder of `<regionId>/<instanceId>/<backupId>/files/<file>`. It exists. */
  readonly dir: string;
  /** Zone of derived times, as `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
  /** Milliseconds between full checks. */
  readonly fullCheckMs?: number | undefined;
  readonly open?: OpenPath | undefined;
  readonly watchFolder?: WatchFolder | undefined;
  readonly now?: () => number;
}

const DEFAULT_FULL_CHECK_MS = 300_000;
/** Milliseconds between two times that what is known is kept. */
const KEEP_EVERY_MS = 60_000;
/** On a page with more backups, each is checked at most once in this many milliseconds. */
const FEW_BACKUPS = 20;
const LOOKED_AT_EVERY_MS = 1000;

/**
 * Reads the folder once, behind the answers, and keeps what it holds up to date: whatever is asked for is
 * compared with the times of its folders, which costs a few looks and no reading while nothing has changed.
 * @throws Error naming EMBEDDED_DIR where it cannot be read: it must not look empty
 */
export async function createFolderCatalogue(
  options: FolderCatalogueOptions,
): Promise<FolderCatalogue> {
  const { timeZone, logger, fullCheckMs = DEFAULT_FULL_CHECK_MS, now = Date.now } = options;
  const root = await readableRoot(options.dir);
  const startedAt = performance.now();
  const reader = createFolderReader(root, logger);
  const kept = createKeptIndex(root, logger, now);
  const watch = createFolderWatch({
    logger,
    now,
    watchFolder: options.watchFolder,
    onChange: (path) => {
      checks.changed(path);
    },
  });
  const folder = createFolderIndex({
    reader,
    timeZone,
    now,
    keptOf: (key) => kept.of(key),
    onFolder: (path, event) => {
      if (event === 'come') watch.add(path);
      else watch.remove(path);
    },
  });
  const { index } = folder;
  let keptAt = now();
  let keptChanges = 0;

  async function keep(): Promise<void> {
    keptAt = now();
    keptChanges = index.changes();
    await kept.save(folder.known());
  }

  let isRead = (): void => undefined;
  const firstRead = new Promise<void>((resolve) => (isRead = resolve));
  const checks = startFolderChecks({
    root,
    folder,
    fullCheckMs,
    logger,
    before: () => kept.load(),
    isWatched: () => watch.isComplete(),
    async onRead() {
      const ms = Math.round(performance.now() - startedAt);
      logger.info({ backups: index.size(), ms }, 'read the backups');
      isRead();
      await keep();
    },
    async onRound() {
      watch.tryAgain();
      if (index.changes() !== keptChanges && now() - keptAt >= KEEP_EVERY_MS) await keep();
    },
  });
  const openFile = createFileOpener({ root, logger, open: options.open });

  async function findBackups(regionId: string, backupId: string): Promise<CataloguedBackup[]> {
    const region = await folder.region(regionId);
    if (!region) return [];
    const known = index.find(regionId, backupId).map(({ key }) => key.instanceId);
    const holders = await Promise.allSettled(
      [...region.instances.values()]
        .filter(({ key }) => known.length === 0 || known.includes(key.instanceId))
        .map(async (instance) =>
          (await reader.mayHave({ ...instance.key, backupId })) ? instance.read(backupId) : null,
        ),
    );
    const found = holders.flatMap((one) => (one.status === 'fulfilled' && one.value) || []);
    const failed = holders.find((one) => one.status === 'rejected');
    // Where one was not found, it may be in the folder that could not be read.
    if (found.length === 0 && failed) throw failed.reason;
    return found;
  }

  return {
    async regions() {
      await folder.regions();
      return index.regions();
    },

    async instances(regionId) {
      await (await folder.region(regionId))?.refreshManifests();
      return index.instances(regionId);
    },

    async instance(key) {
      await (await folder.instance(key))?.refreshManifest();
      return index.instance(key);
    },

    async backups(key) {
      await (await folder.instance(key))?.refresh();
      return index.backups(key);
    },

    async backup(key) {
      const instance = await folder.instance(key);
      if (!instance) return null;
      await instance.refreshManifest();
      if (!instance.entries.has(key.backupId)) return instance.read(key.backupId);
      await instance.check(key.backupId, 0, 'all files');
      return index.backup(key);
    },

    findBackups,

    async recheck(backups) {
      const maxAgeMs = backups.length <= FEW_BACKUPS ? 0 : LOOKED_AT_EVERY_MS;
      const again = await Promise.all(
        backups.map(async ({ key }) => folder.seen(key)?.check(key.backupId, maxAgeMs)),
      );
      return again.includes(true);
    },

    openFile: (key, fileName) => openFile(reader.filesOf(key), fileName),

    read: () => firstRead,

    async close() {
      watch.close();
      await checks.close();
      if (index.changes() !== keptChanges) await keep();
    },
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
