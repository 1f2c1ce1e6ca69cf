import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import type { Backup } from '../../domain/backup.js';
import { UpstreamError } from '../../domain/errors.js';
import { type BackupKey, formatBackupId, formatInstanceId } from '../../domain/ids.js';
import { NotFoundError } from '../../upstream/failure.js';
import { PAGE_SIZE } from '../../upstream/operations/create-operations.js';
import { type Listings, memoised } from './listings.js';

export type BackupLoader = DataLoader<BackupKey, Backup | null, string>;

/**
 * Whether upstreams apply filters or answer as if there were none, by region or instance, across
 * requests. They are asked again after a while, since gateways are upgraded.
 */
export type FilterMemory = Pick<LRUCache<string, 'applied' | 'ignored'>, 'get' | 'set'>;

/** With this many pages left, a lookup is worth its call even if the upstream may ignore the filter. */
const MANY_PAGES = 10;

const MAX_FILTERS = 10_000;
const FORGET_AFTER_MS = 3_600_000;

export function createFilterMemory(): FilterMemory {
  return new LRUCache({ max: MAX_FILTERS, ttl: FORGET_AFTER_MS });
}

/**
 * Loads backups by key; null if missing. The upstream has no call for a single backup: those of an
 * instance are looked up by a filter, if the upstream applies it and that costs fewer calls, and
 * otherwise share its list. A failed key fails alone.
 */
export function createBackupLoader(listings: Listings, filters: FilterMemory): BackupLoader {
  type Found = Map<BackupKey, Backup | Error | null>;

  async function find(keys: readonly BackupKey[], found: Found): Promise<void> {
    try {
      const [first, ...others] = await toLookUp(keys);
      if (first) {
        // The first lookup shows how the upstream handles the filter.
        const isKnown = filters.get(first.regionId) === 'applied';
        const trial = lookUp(first, found);
        if (!isKnown) await trial;
        const isApplied = filters.get(first.regionId) !== 'ignored';
        await Promise.all([trial, ...others.map((key) => isApplied && lookUp(key, found))]);
      }
      await findInList(keys, found);
    } catch (error) {
      for (const key of keys) if (!found.has(key)) found.set(key, failureOf(error));
    }
  }

  /** The keys whose lookups cost fewer calls than the rest of the list. */
  async function toLookUp(keys: readonly BackupKey[]): Promise<readonly BackupKey[]> {
    const [first] = keys;
    if (!first || filters.get(first.regionId) === 'ignored') return [];
    const listing = listings.backups(first);
    if (keys.length === 1 && !listing.isStarted()) return keys;
    // The first page usually holds the backup, and reports the total.
    await listing.totalCount();
    const pagesLeft = listing.pagesLeft();
    const isWorthTrying = filters.get(first.regionId) === 'applied' || pagesLeft >= MANY_PAGES;
    if (pagesLeft === 0 || !isWorthTrying) return [];
    const missing = keys.filter((key) => !listing.known(formatBackupId(key)));
    return missing.length < pagesLeft ? missing : [];
  }

  /** Requests one backup and checks the response; leaves it to the list if the filter is ignored. */
  async function lookUp(key: BackupKey, found: Found): Promise<void> {
    try {
      const page = await listings.lookUp(key);
      const { rows, rowCount, totalCount } = page;
      const backup = rows.find(({ id }) => id === formatBackupId(key)) ?? null;
      // A row may be unreadable.
      const isApplied =
        totalCount <= 1 && rowCount === totalCount && rows.length === Number(!!backup);
      if (backup || isApplied) found.set(key, backup);
      if (backup || !isApplied) filters.set(key.regionId, isApplied ? 'applied' : 'ignored');
      const isFirstOfAll = rowCount > 0 && rowCount === Math.min(totalCount, PAGE_SIZE);
      if (!isApplied && isFirstOfAll) listings.backups(key).adopt(page);
    } catch (error) {
      if (isRefusal(error)) filters.set(key.regionId, 'ignored');
      else found.set(key, failureOf(error));
    }
  }

  async function findInList(keys: readonly BackupKey[], found: Found): Promise<void> {
    const missing = keys.filter((key) => !found.has(key));
    const [first] = missing;
    if (!first) return;
    const wanted = new Map(missing.map((key) => [formatBackupId(key), key]));
    for await (const { rows } of listings.backups(first).sections()) {
      for (const row of rows) {
        const key = wanted.get(row.id);
        if (key) found.set(key, row);
        if (key) wanted.delete(row.id);
      }
      if (wanted.size === 0) return;
    }
  }

  /** The batches of an instance run in turn: each goes on from what those before it have read. */
  const turns = new Map<string, Promise<void>>();

  return new DataLoader(
    async (keys) => {
      const found: Found = new Map();
      const groups = new Map<string, BackupKey[]>();
      for (const key of keys) memoised(groups, formatInstanceId(key), () => []).push(key);
      const searches = [...groups].map(([name, group]) => {
        const search = (turns.get(name) ?? DONE).then(() => find(group, found));
        turns.set(name, search);
        return search;
      });
      await Promise.all(searches);
      return keys.map((key) => found.get(key) ?? null);
    },
    { cacheKeyFn: formatBackupId },
  );
}

const DONE = Promise.resolve();

/** An unknown instance has no backups. */
const failureOf = (error: unknown): Error | null =>
  error instanceof NotFoundError ? null : (error as Error);

/** Older gateways may refuse a parameter they do not know. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof UpstreamError) || error instanceof NotFoundError) return false;
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'status' in cause && cause.status === 400;
}
