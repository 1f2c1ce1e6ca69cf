import DataLoader from 'dataloader';
import type { DatabaseInstance } from '../../domain/backup.js';
import { formatInstanceId, type InstanceKey } from '../../domain/ids.js';
import { NotFoundError } from '../../upstream/failure.js';
import type { Listings, ListingsOptions } from './listings.js';
import { perKey } from './per-key.js';

export type InstanceLoader = DataLoader<InstanceKey, DatabaseInstance | null, string>;

export interface InstanceLoaderOptions extends ListingsOptions {
  readonly listings: Listings;
}

/**
 * Loads instances by key; null if missing. Those of pages that were read are known; another single
 * instance of a region is fetched directly; several are looked up in the region's list as long as that costs no more calls than fetching each
 * missing one.
 *
 * A batch waits for lists of backups being read, which determine the needed instances, so that one
 * list of instances serves all.
 */
export function createInstanceLoader(options: InstanceLoaderOptions): InstanceLoader {
  const { listings } = options;
  const loader: InstanceLoader = new DataLoader(
    (keys) => {
      const listed = new Map<string, Promise<Found>>();
      for (const [regionId, wanted] of idsByRegion(keys)) {
        listed.set(regionId, findInList(listings, regionId, wanted));
      }
      return perKey<InstanceKey, DatabaseInstance | null>(
        async (key) => {
          const { instances, complete } = (await listed.get(key.regionId)) ?? NOTHING;
          const found = instances.get(formatInstanceId(key));
          return found ?? (complete ? null : describeInstance(options, key));
        },
        (key) => loader.clear(key),
      )(keys);
    },
    {
      cacheKeyFn: formatInstanceId,
      batchScheduleFn: (dispatch) => void listings.backupsQuiet().then(dispatch),
    },
  );
  return loader;
}

interface Found {
  readonly instances: ReadonlyMap<string, DatabaseInstance>;
  /** Whether the list was read to the end, so that missing instances do not exist. */
  readonly complete: boolean;
}

const NOTHING: Found = { instances: new Map(), complete: false };

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

async function describeInstance(
  { client, operations, call }: ListingsOptions,
  key: InstanceKey,
): Promise<DatabaseInstance | null> {
  try {
    const operation = operations.describeInstanceAttributes(key);
    return (await client.send(operation, call)).result;
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

function idsByRegion(keys: readonly InstanceKey[]): Map<string, Set<string>> {
  const regions = new Map<string, Set<string>>();
  for (const key of keys) {
    const ids = regions.get(key.regionId) ?? new Set();
    regions.set(key.regionId, ids.add(formatInstanceId(key)));
  }
  return regions;
}
