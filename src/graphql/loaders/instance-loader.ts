import DataLoader from 'dataloader';
import type { DatabaseInstance } from '../../domain/backup.js';
import { formatInstanceId, type InstanceKey } from '../../domain/ids.js';
import { NotFoundError } from '../../upstream/failure.js';
import { type Listings, type ListingsOptions, memoised } from './listings.js';

export type InstanceLoader = DataLoader<InstanceKey, DatabaseInstance | null, string>;

export interface InstanceLoaderOptions extends ListingsOptions {
  readonly listings: Listings;
}

/**
 * Loads instances by key; null if missing. Those of pages that were read are known; another single
 * instance of a region is fetched directly; several are looked up in the region's list as long as
 * that costs no more calls than fetching each missing one. A failed key fails alone.
 *
 * A batch waits for lists of backups being read, which determine the needed instances, so that one
 * list of instances serves all.
 */
export function createInstanceLoader(options: InstanceLoaderOptions): InstanceLoader {
  const { client, operations, call, listings } = options;

  async function load(
    key: InstanceKey,
    listed: ReadonlyMap<string, Promise<Found>>,
  ): Promise<DatabaseInstance | Error | null> {
    try {
      const list = await listed.get(key.regionId);
      const found = list?.instances.get(formatInstanceId(key));
      if (found || list?.complete) return found ?? null;
      return (await client.send(operations.describeInstanceAttributes(key), call)).result;
    } catch (error) {
      return error instanceof NotFoundError ? null : (error as Error);
    }
  }

  return new DataLoader(
    (keys) => {
      const wanted = new Map<string, Set<string>>();
      for (const key of keys) {
        memoised(wanted, key.regionId, () => new Set()).add(formatInstanceId(key));
      }
      const listed = new Map<string, Promise<Found>>();
      for (const [regionId, ids] of wanted) {
        listed.set(regionId, findInList(listings, regionId, ids));
      }
      return Promise.all(keys.map((key) => load(key, listed)));
    },
    {
      cacheKeyFn: formatInstanceId,
      batchScheduleFn: (dispatch) => void listings.backupsQuiet().then(dispatch),
    },
  );
}

interface Found {
  readonly instances: ReadonlyMap<string, DatabaseInstance>;
  /** Whether the list was read to the end, so that missing instances do not exist. */
  readonly complete: boolean;
}

async function findInList(
  listings: Listings,
  regionId: string,
  wanted: ReadonlySet<string>,
): Promise<Found> {
  const listing = listings.instances(regionId);
  const instances = new Map<string, DatabaseInstance>();
  // Pages that were read already, for example by the query for the list itself.
  for (const id of wanted) {
    const row = listing.known(id);
    if (row) instances.set(id, row);
  }
  if (instances.size === wanted.size || wanted.size === 1) return { instances, complete: false };
  for await (const { rows, start } of listing.sections()) {
    for (const row of rows) if (wanted.has(row.id)) instances.set(row.id, row);
    const missing = wanted.size - instances.size;
    if (missing === 0) break;
    const pages = Math.ceil((await listing.totalCount()) / listing.pageSize);
    const pagesLeft = pages - Math.floor(start / listing.pageSize) - 1;
    if (pagesLeft > missing) return { instances, complete: false };
  }
  return { instances, complete: true };
}
