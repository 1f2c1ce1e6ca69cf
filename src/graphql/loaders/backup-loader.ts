import DataLoader from 'dataloader';
import type { Backup } from '../../domain/backup.js';
import { type BackupKey, formatBackupId } from '../../domain/ids.js';
import { NotFoundError } from '../../upstream/failure.js';
import type { Listings } from './listings.js';
import { perKey } from './per-key.js';

export type BackupLoader = DataLoader<BackupKey, Backup | null, string>;

/**
 * Backups by key, null for those that do not exist. The upstream has no call for one backup: all keys
 * of an instance read its list together, at most ceil(backups / 100) calls, also over several ticks.
 */
export function createBackupLoader(listings: Listings): BackupLoader {
  const loader: BackupLoader = new DataLoader(
    perKey(
      (key) => findBackup(listings, key),
      (key) => loader.clear(key),
    ),
    { cacheKeyFn: formatBackupId },
  );
  return loader;
}

async function findBackup(listings: Listings, key: BackupKey): Promise<Backup | null> {
  try {
    return await listings.backups(key).find(formatBackupId(key));
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}
