import type { BackupKey } from '../../src/domain/ids.js';
import {
  createFolderCatalogue,
  type FolderCatalogue,
  type FolderCatalogueOptions,
} from '../../src/embedded/folder/folder-catalogue.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { closing } from './closing.js';

/** Full scans run hourly, so that no test passes because of one. */
const NEVER_MS = 3_600_000;

export interface TestCatalogue extends FolderCatalogue {
  /** Lines of the log so far. */
  lines(): readonly Record<string, unknown>[];
  /** Names of the backups of an instance, newest first; null if it does not exist. */
  names(key: Omit<BackupKey, 'backupId'>): Promise<readonly string[] | null>;
  /** One backup as a page reports it: from the list, which is read again if stale. */
  listed(key: BackupKey): Promise<Listed | undefined>;
}

interface Listed {
  readonly status: string;
  readonly sizes: readonly number[];
}

/**
 * A catalogue over `dir` that reads the folder only after a change, in a quick check or for a
 * request.
 */
export async function openCatalogue(
  dir: string,
  options: Partial<FolderCatalogueOptions> = {},
): Promise<TestCatalogue> {
  const log: string[] = [];
  const catalogue = await createFolderCatalogue({
    dir,
    timeZone: '+08:00',
    logger: createLogger('debug', { write: (line) => void log.push(line) }),
    fullCheckMs: NEVER_MS,
    ...options,
  });
  return {
    ...catalogue,
    close: closing(() => catalogue.close()),
    lines: () => log.map((line) => JSON.parse(line) as Record<string, unknown>),
    async names(key) {
      return (await catalogue.backups(key))?.map(({ key: { backupId } }) => backupId) ?? null;
    },
    async listed({ backupId, ...key }) {
      const find = async () =>
        (await catalogue.backups(key))?.filter((one) => one.key.backupId === backupId) ?? [];
      let rows = await find();
      if (await catalogue.recheck(rows)) rows = await find();
      return rows.map(({ manifest, files }) => ({
        status: manifest.backupStatus,
        sizes: files.map(({ size }) => size),
      }))[0];
    },
  };
}
