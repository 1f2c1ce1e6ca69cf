import { databaseNameOf } from '../../domain/backup-file.js';
import type { Backup } from '../../domain/backup.js';
import type { InstanceKey } from '../../domain/ids.js';
import { NotFoundError } from '../../upstream/failure.js';
import type { BackupQuery } from '../../upstream/operations/create-operations.js';
import type { Context } from '../context.js';
import { narrowBackups } from '../loaders/narrow-backups.js';
import { type Connection, emptyConnection, paginate } from '../pagination.js';
import type { BackupPageArguments, BackupFilterInput } from '../types/arguments.js';

/** A page of the backups of an instance, newest first; empty for an unknown instance. */
export async function listBackups(
  instance: InstanceKey,
  { first, after, filter }: BackupPageArguments,
  { loaders }: Context,
): Promise<Connection<Backup>> {
  try {
    const matches = toBackupTest(filter);
    if (!matches) return await paginate(loaders.listings.backups(instance), { first, after });
    const { listing, isExact } = await narrowBackups(loaders, instance, {
      query: toBackupQuery(filter),
      isWhole: filter?.status == null && filter?.databaseName !== '',
      matches,
    });
    return await paginate(listing, { first, after, matches, isExact });
  } catch (error) {
    if (error instanceof NotFoundError) return emptyConnection();
    throw error;
  }
}

/**
 * Converts a filter to a predicate; undefined if it matches all. Filtering happens here: the
 * upstream filters some engines only, and older gateways ignore filters.
 */
export function toBackupTest(
  filter: BackupFilterInput | null | undefined,
): ((backup: Backup) => boolean) | undefined {
  const { status, type, mode, databaseName, startedAfter, startedBefore } = filter ?? {};
  const tests: ((backup: Backup) => boolean)[] = [];
  if (status != null) tests.push((backup) => backup.status === status);
  if (type != null) tests.push((backup) => backup.type === type);
  if (mode != null) tests.push((backup) => backup.mode === mode);
  if (databaseName != null) {
    tests.push(({ files }) => files.some(({ name }) => databaseNameOf(name) === databaseName));
  }
  if (startedAfter != null) {
    tests.push(({ startedAt }) => startedAt !== null && startedAt >= startedAfter);
  }
  if (startedBefore != null) {
    tests.push(({ startedAt }) => startedAt !== null && startedAt < startedBefore);
  }
  return tests.length === 0 ? undefined : (backup) => tests.every((test) => test(backup));
}

/** The same filter for the upstream, which cannot filter by status. */
function toBackupQuery(filter: BackupFilterInput | null | undefined): BackupQuery {
  const { type, mode, databaseName, startedAfter, startedBefore } = filter ?? {};
  return {
    ...(type != null && { type }),
    ...(mode != null && { mode }),
    // An empty parameter means none to the upstream.
    ...(databaseName != null && databaseName !== '' && { databaseName }),
    ...(startedAfter != null && { startedAfter }),
    ...(startedBefore != null && { startedBefore }),
  };
}
