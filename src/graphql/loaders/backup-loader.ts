import DataLoader from 'dataloader';
import type { Backup } from '../../domain/backup.js';
import { type BackupKey, formatBackupId, formatInstanceId } from '../../domain/ids.js';
import { NotFoundError } from '../../upstream/failure.js';
import { findBackup, type Search } from './backup-search.js';
import type { FilterMemory } from './filter-memory.js';
import type { Listings } from './listings.js';
import { perKey } from './per-key.js';

export type BackupLoader = DataLoader<BackupKey, Backup | null, string>;

/**
 * Loads backups by key; null if missing. The upstream has no call for a single backup, so all keys
 * of an instance share its list: at most ceil(backups / 100) calls, also across ticks.
 */
export function createBackupLoader(listings: Listings, filters: FilterMemory): BackupLoader {
  const searches = new Map<string, Search>();
  const loader: BackupLoader = new DataLoader(
    (keys) => {
      const together = idsByInstance(keys);
      return perKey<BackupKey, Backup | null>(
        (key) => {
          const name = formatInstanceId(key);
          const search = searches.get(name) ?? { lookups: 0, running: null };
          searches.set(name, search);
          return orNull(findBackup({ listings, filters, search }, key, together.get(name) ?? []));
        },
        (key) => loader.clear(key),
      )(keys);
    },
    { cacheKeyFn: formatBackupId },
  );
  return loader;
}

async function orNull(finding: Promise<Backup | null>): Promise<Backup | null> {
  try {
    return await finding;
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

function idsByInstance(keys: readonly BackupKey[]): Map<string, string[]> {
  const instances = new Map<string, string[]>();
  for (const key of keys) {
    const name = formatInstanceId(key);
    instances.set(name, [...(instances.get(name) ?? []), formatBackupId(key)]);
  }
  return instances;
}
