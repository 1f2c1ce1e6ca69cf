import type { Backup } from '../../domain/backup.js';
import { formatInstanceId, type InstanceKey } from '../../domain/ids.js';
import type { BackupQuery } from '../../upstream/operations/backup-query.js';
import { isRefusal } from './backup-search.js';
import type { Listing } from './listing.js';
import type { Loaders } from './loaders.js';

export interface Narrowing {
  /** What the upstream is asked for. */
  readonly query: BackupQuery;
  /** What is wanted; each row is tested, whatever the upstream did. */
  readonly matches: (backup: Backup) => boolean;
}

export interface NarrowedBackups {
  readonly listing: Listing<Backup>;
  /** Whether the upstream has narrowed it to what matches, by all that is known. */
  readonly isExact: boolean;
}

/** Pages of a list that is not worth narrowing: one call tells how long it is, one more reads the rest. */
const FEW_PAGES = 2;

/**
 * The backups of an instance, narrowed by the upstream where that shortens the list. The first page of all tells
 * how many there are: an answer that is no shorter shows no filter at work, and the list is read as it is.
 */
export async function narrowBackups(
  { listings, filters }: Pick<Loaders, 'listings' | 'filters'>,
  instance: InstanceKey,
  { query, matches }: Narrowing,
): Promise<NarrowedBackups> {
  const all = { listing: listings.backups(instance), isExact: false };
  const name = `${formatInstanceId(instance)} ${Object.keys(query).join(' ')}`;
  if (Object.keys(query).length === 0 || filters.get(name) === 'ignored') return all;
  const total = await all.listing.totalCount();
  if (total <= FEW_PAGES * all.listing.pageSize) return all;
  const listing = listings.narrowedBackups(instance, query);
  try {
    const rows = await firstRows(listing);
    const isExact = rows.every(matches);
    if ((await listing.totalCount()) < total) return { listing, isExact };
    if (!isExact) filters.set(name, 'ignored');
    return all;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    filters.set(name, 'ignored');
    return all;
  }
}

async function firstRows(listing: Listing<Backup>): Promise<readonly Backup[]> {
  for await (const { rows } of listing.sections()) return rows;
  return [];
}
