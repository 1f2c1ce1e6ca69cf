import type { InstanceKey } from '../../domain/ids.js';
import type { Logger } from '../../telemetry/logger.js';
import type { Catalogue, CataloguedInstance } from '../catalogue/catalogue.js';
import { createFindings } from '../catalogue/findings.js';
import { createBucketTree } from './bucket-tree.js';
import { createJsonFiles, SNAPSHOT } from './json-files.js';
import { type ReadInstance, createBucketReader } from './read-bucket.js';
import type { ListedObject, StoreClient } from './store-client.js';
import { type StoreError, toRefusal, toStoreError } from './store-error.js';

export interface BucketListingOptions {
  readonly client: StoreClient;
  readonly bucket: string;
  /** What the keys of the layout begin with: empty, or with a slash at its end. */
  readonly prefix: string;
  /** Zone of derived times, as `+08:00`. */
  readonly timeZone: string;
  /** Whether to save a snapshot for the next start; one that is there is used in any case. */
  readonly savesSnapshot: boolean;
  readonly logger: Logger;
  /** Milliseconds, by a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * Makes a function that lists a bucket and reads what it finds.
 * @returns instances by region and id; rejects with StoreError where the bucket cannot be listed to its end
 */
export function createBucketListing(options: BucketListingOptions) {
  const { client, prefix } = options;
  const { now = () => performance.now() } = options;
  const report = createFindings(options.logger);
  const json = createJsonFiles({ ...options, now }, report);
  const read = createBucketReader({ ...options, json, report, now });
  /** @param below the beginning of the keys to list, of a part of the layout */
  return async (below = prefix): Promise<readonly ReadInstance[]> => {
    const { tree, add } = createBucketTree(prefix);
    let snapshot: ListedObject | undefined;
    for await (const page of client.list(below)) {
      for (const object of page) add(object);
      snapshot = page.find(({ key }) => key === `${prefix}${SNAPSHOT}`) ?? snapshot;
    }
    await json.begin(snapshot);
    const instances = await read(tree);
    json.end();
    return instances;
  };
}

export interface BucketCatalogueOptions extends Omit<BucketListingOptions, 'savesSnapshot'> {
  /** Milliseconds from the end of one listing to the next. */
  readonly refreshMs: number;
  /** Milliseconds for which the last whole listing is answered from while the store is away. */
  readonly maxAgeMs: number;
}

export interface BucketCatalogue extends Catalogue {
  /** Stops listing. */
  close(): void;
}

/**
 * What a bucket holds, as of the last listing that came to its end.
 * @throws StoreError where the bucket cannot be listed
 */
export async function createBucketCatalogue(
  options: BucketCatalogueOptions,
): Promise<BucketCatalogue> {
  const { refreshMs, maxAgeMs, logger, now = () => performance.now() } = options;
  const list = createBucketListing({ ...options, savesSnapshot: true, now });
  let index: Index = new Map();
  let listedAt = now();
  let failure: StoreError | null = null;
  let isClosed = false;

  async function refresh(): Promise<void> {
    const startedAt = now();
    index = toIndex(await list());
    listedAt = startedAt;
  }

  async function refreshOrKeep(): Promise<void> {
    try {
      await refresh();
      if (failure) logger.info('the bucket can be listed again');
      failure = null;
    } catch (error) {
      const reason = toStoreError(error);
      if (reason.message !== failure?.message && !isClosed) {
        logger.warn(
          { reason: reason.message },
          'cannot list the bucket; serving the last complete listing',
        );
      }
      failure = reason;
    }
  }

  let timer: NodeJS.Timeout | undefined;
  function schedule(): void {
    if (isClosed) return;
    timer = setTimeout(() => void refreshOrKeep().then(schedule), refreshMs);
    timer.unref();
  }

  /** An answer from the last listing, while it is not too old. @throws ApiError 503, 403 */
  function answer<Found>(find: () => Found): Promise<Found> {
    if (failure && now() - listedAt > maxAgeMs) return Promise.reject(toRefusal(failure));
    return Promise.resolve(find());
  }

  const startedAt = now();
  await refresh();
  const instances = [...index.values()].flatMap((region) => [...region.values()]);
  const backups = instances.reduce((sum, { byId }) => sum + byId.size, 0);
  logger.info({ backups, ms: Math.round(now() - startedAt) }, 'read the backups');
  schedule();

  const regionOf = (regionId: string) => [...(index.get(regionId)?.values() ?? [])];
  const instanceOf = ({ regionId, instanceId }: InstanceKey) =>
    index.get(regionId)?.get(instanceId);
  return {
    regions: () => answer(() => [...index.keys()]),
    instances: (regionId) =>
      answer(() => regionOf(regionId).flatMap((instance) => describe(instance) ?? [])),
    instance: (key) => answer(() => describe(instanceOf(key))),
    backups: (key) => answer(() => instanceOf(key)?.backups ?? null),
    backup: (key) => answer(() => instanceOf(key)?.byId.get(key.backupId) ?? null),
    findBackups: (regionId, backupId) =>
      answer(() => regionOf(regionId).flatMap(({ byId }) => byId.get(backupId) ?? [])),
    // A look at each row would be a call for each: the listing is as new as it is set to be.
    recheck: () => Promise.resolve(false),
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Instances by id in regions by id. */
type Index = ReadonlyMap<string, ReadonlyMap<string, ReadInstance>>;

function toIndex(instances: readonly ReadInstance[]): Index {
  const index = new Map<string, Map<string, ReadInstance>>();
  for (const instance of instances) {
    const { regionId, instanceId } = instance.key;
    const region = index.get(regionId) ?? new Map<string, ReadInstance>();
    index.set(regionId, region.set(instanceId, instance));
  }
  return index;
}

function describe(instance: ReadInstance | undefined): CataloguedInstance | null {
  return instance?.manifest ? { ...instance.key, manifest: instance.manifest } : null;
}
