import type { Backup } from '../../domain/backup.js';
import { formatInstanceId, type InstanceKey } from '../../domain/ids.js';
import type { BackupQuery } from '../../upstream/operations/create-operations.js';
import { isRefusal } from './backup-search.js';
import type { Listing } from './listing.js';
import type { Loaders } from './loaders.js';

export interface Narrowing {
  /** The filter sent upstream. */
  readonly query: BackupQuery;
  /** Whether the query covers everything that `matches` tests. */
  readonly isWhole: boolean;
  /** Tests each row, whatever the upstream did. */
  readonly matches: (backup: Backup) => boolean;
}

export interface NarrowedBackups {
  readonly listing: Listing<Backup>;
  /**
   * Whether the list is known to hold only matches, so that it can be counted without reading it.
   */
  readonly isExact: () => Promise<boolean>;
}

/** Up to this many pages, narrowing does not pay: one call returns the total, one more the rest. */
const FEW_PAGES = 2;

/**
 * The backups of an instance, narrowed by the upstream if that shortens the list. The first
 * unfiltered page returns the total: a filtered list that is no shorter shows that the filter is
 * not applied, and is read as it is.
 */
export async function narrowBackups(
  { listings, filters }: Pick<Loaders, 'listings' | 'filters'>,
  instance: InstanceKey,
  { query, isWhole, matches }: Narrowing,
): Promise<NarrowedBackups> {
  const all = { listing: listings.backups(instance), isExact: () => Promise.resolve(false) };
  const name = `${formatInstanceId(instance)} ${Object.keys(query).join(' ')}`;
  if (Object.keys(query).length === 0 || filters.get(name) === 'ignored') return all;
  const total = await all.listing.totalCount();
  if (total <= FEW_PAGES * all.listing.pageSize) return all;
  const listing = listings.narrowedBackups(instance, query);
  try {
    const rows = await rowsFrom(listing, 0);
    if ((await listing.totalCount()) < total) {
      const isExact = async () =>
        isWhole &&
        rows.every(matches) &&
        // A time range can let other rows through at the end of the list: those just before its
        // start, since the one sent is earlier, and those without a start.
        (!hasTimeRange(query) || (await lastRows(listing)).every(matches));
      return { listing, isExact };
    }
    if (isWhole && !rows.every(matches)) filters.set(name, 'ignored');
    return all;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    filters.set(name, 'ignored');
    return all;
  }
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
