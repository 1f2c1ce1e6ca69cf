import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BackupKey, InstanceKey } from '../../domain/ids.js';
import type { Logger } from '../../telemetry/logger.js';
import { describeError } from '../../telemetry/redact.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { createFindings } from '../catalogue/findings.js';
import { ApiError } from '../api/api-error.js';
import { createFolderInstance, type FolderInstance } from './folder-instance.js';
import { createFolderReader, folderUnavailable } from './folder-reader.js';
import { openFolderRoot } from './folder-root.js';
import { createSlices, pause } from './in-slices.js';
import { createFileOpener, type OpenFile, type OpenPath } from './open-file.js';
import { isUpToDate, stampOf, type Stamp } from './path-stamp.js';

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
  readonly fullCheckMs: number;
  readonly open?: OpenPath | undefined;
  readonly now?: () => number;
}

/** Milliseconds for which an empty folder that held regions counts as unreadable. */
export const EMPTY_AFTER_MS = 300_000;
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
  const { timeZone, logger, fullCheckMs, now = Date.now } = options;
  const startedAt = performance.now();
  const closing = new AbortController();
  const { signal } = closing;
  const inSlices = createSlices(signal);
  const report = createFindings(logger);
  const root = await openFolderRoot(options.dir, logger, report);
  const reader = createFolderReader(() => root.path(), timeZone, report);
  const openFile = createFileOpener(() => root.path(), report, options.open);
  /** By the ids of region and instance. */
  const instances = new Map<string, FolderInstance>();
  /** Ids in the folder of a region, and by '' in the root. */
  const lists = new Map<string, Stamp & { readonly ids: readonly string[] }>();
  let isExchanged = false;
  let emptySince: number | null = null;

  /** Ids of the folders in that of a region, or in the root; read again once that has changed. */
  function idsIn(regionId = ''): readonly string[] {
    const seen = reader.statFolder({ regionId });
    const known = lists.get(regionId);
    if (known && isUpToDate(known, seen)) return known.ids;
    if (seen === null && regionId === '') throw folderUnavailable();
    const stamp = stampOf(seen, now());
    const ids = seen === null ? [] : reader.idsIn({ regionId });
    lists.set(regionId, { ...stamp, ids });
    const names = new Set(ids);
    for (const [name, { key }] of instances) {
      if (key.regionId === regionId && !names.has(key.instanceId)) instances.delete(name);
    }
    return ids;
  }

  /**
   * The ids of the regions. A mount that is away leaves an empty folder.
   * @throws ApiError 503 UNAVAILABLE
   */
  async function regions(): Promise<readonly string[]> {
    isExchanged = (await root.check()) || isExchanged;
    const hadRegions = emptySince !== null || (lists.get('')?.ids.length ?? 0) > 0;
    const ids = idsIn();
    if (ids.length > 0) emptySince = null;
    else if (hadRegions) acceptEmpty();
    if (isExchanged || ids.length === 0) instances.clear();
    isExchanged = false;
    return ids;
  }

  function acceptEmpty(): void {
    if (emptySince === null) {
      logger.warn(
        { forS: EMPTY_AFTER_MS / 1000 },
        'the folder of the backups is suddenly empty; is it mounted? requests fail until it is filled or this has lasted',
      );
      emptySince = now();
    }
    if (now() - emptySince < EMPTY_AFTER_MS) throw folderUnavailable();
    emptySince = null;
  }

  async function instancesOf(regionId: string): Promise<FolderInstance[]> {
    if (!(await regions()).includes(regionId)) return [];
    return idsIn(regionId).map((instanceId) => known({ regionId, instanceId }));
  }

  function known({ regionId, instanceId }: InstanceKey): FolderInstance {
    const id = `${regionId}/${instanceId}`;
    let instance = instances.get(id);
    if (!instance) {
      instance = createFolderInstance({ regionId, instanceId }, { reader, now, inSlices });
      instances.set(id, instance);
    }
    return instance;
  }

  /** Null where there is no such folder. */
  async function instanceAt(key: InstanceKey): Promise<FolderInstance | null> {
    const isThere =
      (await regions()).includes(key.regionId) && idsIn(key.regionId).includes(key.instanceId);
    return isThere ? known(key) : null;
  }

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
    for (const regionId of await regions()) {
      for (const instance of await instancesOf(regionId)) {
        if (signal.aborted) return;
        await attempt(() => instance.refresh(isForced));
        // Sorts them now, so that the first request for them does not.
        instance.backups();
        await nextTurn();
      }
    }
  }

  const firstRead = attempt(() => readAll(false)).then(() => {
    if (signal.aborted) return;
    const backups = [...instances.values()].reduce((sum, one) => sum + one.backups().length, 0);
    const ms = Math.round(performance.now() - startedAt);
    logger.info({ backups, ms }, 'read the backups');
  });

  const checks = (async () => {
    await firstRead;
    while (await pause(fullCheckMs, signal)) await attempt(() => readAll(true));
  })();

  return {
    regions: async () => (await regions()).filter((regionId) => idsIn(regionId).length > 0),

    async instances(regionId) {
      const found = await instancesOf(regionId);
      const maxAgeMs = found.length <= FEW_INSTANCES ? 0 : CHECKED_EVERY_MS;
      // One that cannot be read, which is logged, must not cost the list of the others.
      return eachReadable(found, (instance) => instance.describe(maxAgeMs)).found;
    },

    instance: async (key) => (await instanceAt(key))?.describe() ?? null,

    async backups(key) {
      const instance = await instanceAt(key);
      await instance?.refresh();
      return instance?.backups() ?? null;
    },

    backup: async (key) => (await instanceAt(key))?.find(key.backupId) ?? null,

    async findBackups(regionId, backupId, instanceId) {
      const own = instanceId === undefined ? null : await instanceAt({ regionId, instanceId });
      const searched = instanceId === undefined ? await instancesOf(regionId) : own ? [own] : [];
      const { found, failure } = eachReadable(searched, (instance) => instance.find(backupId));
      // It may be in the one that cannot be read.
      if (found.length === 0 && failure) throw failure;
      return found;
    },

    async recheck(backups) {
      const maxAgeMs = backups.length <= FEW_BACKUPS ? 0 : CHECKED_EVERY_MS;
      let hasChanged = false;
      await inSlices(backups, ({ key: { regionId, instanceId, backupId } }) => {
        const instance = instances.get(`${regionId}/${instanceId}`);
        if (instance?.check(backupId, maxAgeMs)) hasChanged = true;
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

/** What is found in instances that can be read, and why one cannot. */
function eachReadable<Found>(
  instances: readonly FolderInstance[],
  find: (instance: FolderInstance) => Found | null,
): { readonly found: Found[]; readonly failure: ApiError | null } {
  const found: Found[] = [];
  let failure: ApiError | null = null;
  for (const instance of instances) {
    try {
      const one = find(instance);
      if (one) found.push(one);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failure = error;
    }
  }
  return { found, failure };
}
