import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BackupKey } from '../../domain/ids.js';
import type { Logger } from '../../telemetry/logger.js';
import { describeError } from '../../telemetry/redact.js';
import type { Catalogue, CataloguedInstance } from '../catalogue/catalogue.js';
import type { CataloguedBackup } from '../catalogue/catalogued-backup.js';
import { ApiError } from '../api/api-error.js';
import type { FolderInstance } from './folder-instance.js';
import { createFolderReader } from './folder-reader.js';
import { openFolderRoot } from './folder-root.js';
import { createFolderTree } from './folder-tree.js';
import { createSlices, pause } from './in-slices.js';
import { createFileOpener, type OpenFile, type OpenPath } from './open-file.js';

/** A catalogue that opens the files of its backups, too. */
export interface FolderCatalogue extends Catalogue {
  /**
   * Null if the backup has no such file. The caller closes the handle.
   * @throws ApiError 403 FILE_NOT_READABLE, 503 UNAVAILABLE
   */
  openFile(key: BackupKey, fileName: string): Promise<OpenFile | null>;
  /** The real path of the folder of a backup's files. */
  filesOf(key: BackupKey): string;
  /** Resolves once everything has been read for the first time; answers do not wait for that. */
  read(): Promise<void>;
  close(): Promise<void>;
}

export interface FolderCatalogueOptions {
  /** Folder of `<regionId>/<instanceId>/<backupId>/files/<file>`. It exists. */
  readonly dir: string;
  /** UTC offset of derived times, for example `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
  /** Milliseconds between full checks. */
  readonly fullCheckMs?: number | undefined;
  readonly open?: OpenPath | undefined;
  readonly now?: () => number;
}

const DEFAULT_FULL_CHECK_MS = 300_000;
/** On a longer page or list, each is checked at most once in so many milliseconds. */
const FEW_BACKUPS = 20;
const FEW_INSTANCES = 100;
const CHECKED_EVERY_MS = 1000;

/**
 * Reads the folder once, behind the answers. Whatever a request needs is compared with the times of its
 * folders first, and read again where they differ.
 * @throws Error naming EMBEDDED_DIR if it cannot be read: it must not look empty
 */
export async function createFolderCatalogue(
  options: FolderCatalogueOptions,
): Promise<FolderCatalogue> {
  const { timeZone, logger, fullCheckMs = DEFAULT_FULL_CHECK_MS, now = Date.now } = options;
  const startedAt = performance.now();
  const closing = new AbortController();
  const { signal } = closing;
  const root = await openFolderRoot(options.dir, {
    logger,
    onExchange: () => {
      tree.exchanged();
    },
  });
  const reader = createFolderReader(() => root.path(), logger);
  const inSlices = createSlices(signal);
  const tree = createFolderTree({ reader, timeZone, now, inSlices, logger });
  const openFile = createFileOpener(() => root.path(), { logger, open: options.open });

  /** A fault here repeats for the requests it concerns; the reader reports what cannot be read. */
  async function attempt(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (error instanceof ApiError) return;
      logger.warn({ error: describeError(error) }, 'background check of the backups failed');
    }
  }

  async function readAll(isForced: boolean): Promise<void> {
    await root.check();
    for (const region of tree.regions()) {
      for (const instance of region.instances()) {
        if (signal.aborted) return;
        await attempt(() => instance.refresh(isForced));
        await nextTurn();
      }
    }
  }

  const firstRead = attempt(() => readAll(false)).then(() => {
    if (signal.aborted) return;
    const ms = Math.round(performance.now() - startedAt);
    logger.info({ backups: tree.size(), ms }, 'read the backups');
  });

  const checks = (async () => {
    await firstRead;
    while (await pause(fullCheckMs, signal)) await attempt(() => readAll(true));
  })();

  return {
    async regions() {
      await root.check();
      return tree
        .regions()
        .filter((region) => region.instances().length > 0)
        .map(({ regionId }) => regionId);
    },

    async instances(regionId) {
      await root.check();
      const instances = tree.region(regionId)?.instances() ?? [];
      const maxAgeMs = instances.length <= FEW_INSTANCES ? 0 : CHECKED_EVERY_MS;
      return instances.flatMap((instance) => describeIfReadable(instance, maxAgeMs) ?? []);
    },

    async instance(key) {
      await root.check();
      return tree.instance(key)?.describe() ?? null;
    },

    async backups(key) {
      await root.check();
      const instance = tree.instance(key);
      if (!instance) return null;
      await instance.refresh();
      return instance.backups();
    },

    async backup(key) {
      await root.check();
      return tree.instance(key)?.find(key.backupId) ?? null;
    },

    async findBackups(regionId, backupId, instanceId) {
      await root.check();
      const instances = tree.region(regionId)?.instances() ?? [];
      return findIn(
        instances.filter(({ key }) => instanceId === undefined || key.instanceId === instanceId),
        backupId,
      );
    },

    async recheck(backups) {
      const maxAgeMs = backups.length <= FEW_BACKUPS ? 0 : CHECKED_EVERY_MS;
      let hasChanged = false;
      await inSlices(backups, ({ key }) => {
        if (tree.known(key)?.check(key.backupId, maxAgeMs)) hasChanged = true;
      });
      return hasChanged;
    },

    openFile: (key, fileName) => openFile(key, fileName),
    filesOf: (key) => `${reader.pathOf(key)}/files`,
    read: () => firstRead,

    async close() {
      closing.abort();
      await checks;
    },
  };
}

/** One that cannot be read, which is logged, must not cost the list of the others. */
function describeIfReadable(instance: FolderInstance, maxAgeMs: number): CataloguedInstance | null {
  try {
    return instance.describe(maxAgeMs);
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

/** One that is not found may be in a folder that cannot be read. @throws ApiError */
function findIn(instances: readonly FolderInstance[], backupId: string): CataloguedBackup[] {
  const found: CataloguedBackup[] = [];
  const failures: unknown[] = [];
  for (const instance of instances) {
    try {
      const backup = instance.find(backupId);
      if (backup) found.push(backup);
    } catch (error) {
      failures.push(error);
    }
  }
  const [failure] = failures;
  if (found.length === 0 && failure instanceof Error) throw failure;
  return found;
}
