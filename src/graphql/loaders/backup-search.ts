import type { Backup } from '../../domain/backup.js';
import { UpstreamError } from '../../domain/errors.js';
import { type BackupKey, formatBackupId } from '../../domain/ids.js';
import { NotFoundError } from '../../upstream/failure.js';
import { PAGE_SIZE } from '../../upstream/operations/create-operations.js';
import type { FilterMemory } from './filter-memory.js';
import type { Page } from './listing.js';
import type { Listings } from './listings.js';

/** How far one request has searched the backups of one instance. */
export interface Search {
  /** Calls made for a single backup. */
  lookups: number;
  /** The one call whose response shows how the upstream handles the filter. */
  running: Promise<unknown> | null;
}

export interface SearchOptions {
  readonly listings: Listings;
  readonly filters: FilterMemory;
  readonly search: Search;
}

/** With this many pages left, a speculative lookup is worth its call. */
const MANY_PAGES = 10;

/**
 * Finds a backup by a lookup if the upstream applies the filter for it, otherwise in the list.
 * @param together ids of the backups of the instance requested at the same time, including this one
 */
export async function findBackup(
  options: SearchOptions,
  key: BackupKey,
  together: readonly string[],
): Promise<Backup | null> {
  const { listings, search } = options;
  const listing = listings.backups(key);
  const id = formatBackupId(key);
  if (search.running) await search.running.catch(ignore);
  if (search.lookups > 0 || !isFilterTried(options, key)) return listing.find(id);
  const isAlone = together.length === 1 && !listing.isStarted();
  if (!isAlone) {
    // The first page usually holds the backup, and reports the total.
    await listing.totalCount();
    const missing = together.filter((one) => !listing.known(one)).length;
    const pagesLeft = listing.pagesLeft();
    const isWorthTrying =
      options.filters.get(key.regionId) === 'applied' || pagesLeft >= MANY_PAGES;
    if (listing.known(id) || missing >= pagesLeft || !isWorthTrying) return listing.find(id);
  }
  const found = await lookUpInTurn(options, key);
  return found === 'in the list' ? listing.find(id) : found;
}

/** Other lookups wait for the first one to show how the upstream handles the filter. */
async function lookUpInTurn(
  options: SearchOptions,
  key: BackupKey,
): Promise<Backup | null | 'in the list'> {
  const { filters, search } = options;
  if (filters.get(key.regionId) === 'applied') return lookUp(options, key);
  if (search.running) {
    await search.running.catch(ignore);
    return isFilterTried(options, key) ? lookUp(options, key) : 'in the list';
  }
  const running = lookUp(options, key).finally(() => (search.running = null));
  search.running = running;
  return running;
}

/** Requests one backup and checks the response. */
async function lookUp(
  { listings, filters, search }: SearchOptions,
  key: BackupKey,
): Promise<Backup | null | 'in the list'> {
  const { regionId } = key;
  search.lookups += 1;
  try {
    const page = await listings.lookUp(key);
    const found = page.rows.find(({ id }) => id === formatBackupId(key)) ?? null;
    if (isNarrowed(page, found)) {
      if (found) filters.set(regionId, 'applied');
      return found;
    }
    filters.set(regionId, 'ignored');
    if (isFirstOfAll(page)) {
      // A response that ignores the filter is the first page of the list, which is not requested
      // again.
      listings.backups(key).adopt(page);
      search.lookups -= 1;
    }
    return found ?? 'in the list';
  } catch (error) {
    if (!isRefusal(error)) throw error;
    filters.set(regionId, 'ignored');
    return 'in the list';
  }
}

/**
 * Whether a page holds only the one backup, or nothing if it does not exist. A row may be
 * unreadable.
 */
function isNarrowed({ rows, rowCount, totalCount }: Page<Backup>, found: Backup | null): boolean {
  return totalCount <= 1 && rowCount === totalCount && rows.length === (found ? 1 : 0);
}

function isFirstOfAll({ rowCount, totalCount }: Page<Backup>): boolean {
  return rowCount > 0 && rowCount === Math.min(totalCount, PAGE_SIZE);
}

function isFilterTried({ filters }: SearchOptions, { regionId }: BackupKey): boolean {
  return filters.get(regionId) !== 'ignored';
}

/** Older gateways may refuse a parameter they do not know. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof UpstreamError) || error instanceof NotFoundError) return false;
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'status' in cause && cause.status === 400;
}

function ignore(): void {
  // The caller that started the lookup handles its error.
}
