import type { Backup } from '../domain/backup.js';
import type { InstanceKey } from '../domain/ids.js';
import { NotFoundError } from '../upstream/not-found-error.js';
import { toBackupTest } from './backup-filter.js';
import type { Context } from './context.js';
import { type Connection, emptyConnection, paginate } from './pagination.js';
import type { BackupPageArguments } from './types/arguments.js';

/** A page of the backups of an instance, newest first; an instance nobody knows has none. */
export async function listBackups(
  instance: InstanceKey,
  { first, after, filter }: BackupPageArguments,
  { loaders }: Context,
): Promise<Connection<Backup>> {
  const listing = loaders.listings.backups(instance);
  try {
    return await paginate(listing, { first, after, matches: toBackupTest(filter) });
  } catch (error) {
    if (error instanceof NotFoundError) return emptyConnection();
    throw error;
  }
}
