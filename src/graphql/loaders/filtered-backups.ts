import { databaseNameOf } from '../../domain/backup-file.js';
import type { Backup } from '../../domain/backup.js';
import { formatInstanceId, type InstanceKey } from '../../domain/ids.js';
import type { BackupQuery } from '../../upstream/operations/create-operations.js';
import type { BackupFilterInput } from '../types/arguments.js';
import { type FilterMemory, isRefusal } from './backup-loader.js';
import type { FilteredListing, Listing } from './listing.js';
import type { Listings } from './listings.js';

/** Up to this many pages, narrowing does not pay: one call returns the total, one more the rest. */
const FEW_PAGES = 2;

/**
 * The backups of an instance that match a filter. Each row is tested here: the upstream filters some
 * engines only, and older gateways ignore filters. It narrows the list if that shortens it: the first
 * unfiltered page returns the total, and a filtered list that is no shorter shows that the filter is
 * not applied.
 */
export async function filteredBackups(
  { listings, filters }: { readonly listings: Listings; readonly filters: FilterMemory },
  instance: InstanceKey,
  filter: BackupFilterInput | null | undefined,
): Promise<FilteredListing<Backup>> {
  const listing = listings.backups(instance);
  const matches = toBackupTest(filter ?? {});
  if (!matches) return { listing };
  const { query, isWhole } = toBackupQuery(filter ?? {});
  const use = `${formatInstanceId(instance)} ${Object.keys(query).join(' ')}`;
  if (Object.keys(query).length === 0 || filters.get(use) === 'ignored')
    return { listing, matches };
  const total = await listing.totalCount();
  if (total <= FEW_PAGES * listing.pageSize) return { listing, matches };
  const narrowed = listings.backups(instance, query);
  try {
    const rows = await rowsFrom(narrowed, 0);
    if ((await narrowed.totalCount()) < total) {
      const isExact = async () =>
        isWhole &&
        rows.every(matches) &&
        // A time range can let other rows through at the end of the list: those just before its
        // start, since the one sent is earlier, and those without a start.
        (!hasTimeRange(query) || (await lastRows(narrowed)).every(matches));
      return { listing: narrowed, matches, isExact };
    }
    if (isWhole && !rows.every(matches)) filters.set(use, 'ignored');
  } catch (error) {
    if (!isRefusal(error)) throw error;
    filters.set(use, 'ignored');
  }
  return { listing, matches };
}

/** Undefined if the filter matches all. */
function toBackupTest(filter: BackupFilterInput): ((backup: Backup) => boolean) | undefined {
  const { status, type, mode, databaseName, startedAfter, startedBefore } = filter;
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

/**
 * The filter for the upstream, and whether it covers all of it: the upstream cannot filter by status,
 * and an empty parameter means none to it.
 */
function toBackupQuery({ status, ...filter }: BackupFilterInput): {
  readonly query: BackupQuery;
  readonly isWhole: boolean;
} {
  const sent = Object.entries(filter).filter(([, value]) => value != null && value !== '');
  return { query: Object.fromEntries(sent), isWhole: status == null && filter.databaseName !== '' };
}

async function rowsFrom(listing: Listing<Backup>, from: number): Promise<readonly Backup[]> {
  for await (const { rows } of listing.sections(from)) return rows;
  return [];
}

function hasTimeRange({ startedAfter, startedBefore }: BackupQuery): boolean {
  return startedAfter !== undefined || startedBefore !== undefined;
}

async function lastRows(listing: Listing<Backup>): Promise<readonly Backup[]> {
  return rowsFrom(listing, Math.max(0, (await listing.totalCount()) - 1));
}
