import { formatBackupId } from '../../domain/ids.js';
import type { Logger } from '../../telemetry/logger.js';
import type { Catalogue, CataloguedInstance } from '../catalogue/catalogue.js';
import type { CataloguedBackup } from '../catalogue/catalogued-backup.js';
import { type BucketTree, createBucketTree } from './bucket-tree.js';
import { createJsonFiles } from './json-files.js';
import { createLookedAtObjects } from './looked-at-objects.js';
import { type ReadInstance, createBucketReader } from './read-bucket.js';
import { SNAPSHOT } from './snapshot.js';
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

export interface BucketListing {
  readonly tree: BucketTree;
  readonly instances: readonly ReadInstance[];
}

/**
 * Makes a function that lists a bucket and reads what it finds.
 * @returns what was found, and what it says; rejects with StoreError where the bucket cannot be listed to its end
 */
export function createBucketListing(options: BucketListingOptions) {
  const { client, prefix } = options;
  const { now = () => performance.now() } = options;
  const json = createJsonFiles({ ...options, now });
  const objects = createLookedAtObjects({ client, now });
  const read = createBucketReader({ ...options, json, objects });
  /** @param below the beginning of the keys to list, of a part of the layout */
  return async (below = prefix): Promise<BucketListing> => {
    const { tree, add } = createBucketTree(prefix);
    let snapshot: ListedObject | undefined;
    for await (const page of client.list(below)) {
      for (const object of page) add(object);
      snapshot = page.find(({ key }) => key === `${prefix}${SNAPSHOT}`) ?? snapshot;
    }
    await json.begin(snapshot);
    const instances = await read(tree);
    json.end();
    return { tree, instances };
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

/** Names in a line of the log. */
const LOGGED_NAMES = 10;

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
  let notWhole: ReadonlySet<string> = new Set();

  async function refresh(): Promise<void> {
    const startedAt = now();
    const { instances } = await list();
    index = toIndex(instances);
    listedAt = startedAt;
    reportNotWhole(instances.flatMap(({ backups }) => backups));
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

  /** One line for all backups that lack files, once more when there is another one. */
  function reportNotWhole(backups: readonly CataloguedBackup[]): void {
    const found = backups.filter(({ unavailableFiles }) => unavailableFiles.length > 0);
    const example = found.find(({ key }) => !notWhole.has(formatBackupId(key)));
    notWhole = new Set(found.map(({ key }) => formatBackupId(key)));
    if (example === undefined) return;
    const unavailable = example.unavailableFiles.slice(0, LOGGED_NAMES);
    logger.warn(
      { count: found.length, backup: formatBackupId(example.key), unavailable },
      'backups are not whole: objects are missing, or have keys that no link can carry',
    );
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
  const backups = [...index.values()].flatMap(({ instances }) => [...instances.values()]);
  const count = backups.reduce((sum, { byId }) => sum + byId.size, 0);
  logger.info({ backups: count, ms: Math.round(now() - startedAt) }, 'read the backups');
  schedule();

  const instanceOf = ({ regionId = '', instanceId = '' }) =>
    index.get(regionId)?.instances.get(instanceId);
  return {
    regions: () => answer(() => [...index.keys()]),
    instances: (regionId) => answer(() => index.get(regionId)?.described ?? []),
    instance: (key) => answer(() => instanceOf(key)?.described ?? null),
    backups: (key) => answer(() => instanceOf(key)?.backups ?? null),
    backup: (key) => answer(() => instanceOf(key)?.byId.get(key.backupId) ?? null),
    findBackups: (regionId, backupId) =>
      answer(() =>
        [...(index.get(regionId)?.instances.values() ?? [])].flatMap(
          ({ byId }) => byId.get(backupId) ?? [],
        ),
      ),
    // A look at each row would be a call for each: the listing is as new as it is set to be.
    recheck: () => Promise.resolve(false),
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Regions by id, sorted. */
type Index = ReadonlyMap<string, IndexedRegion>;

interface IndexedRegion {
  readonly instances: Map<string, IndexedInstance>;
  /** Those that are not deleted, by id. */
  readonly described: CataloguedInstance[];
}

interface IndexedInstance {
  readonly described: CataloguedInstance | null;
  readonly backups: readonly CataloguedBackup[];
  readonly byId: ReadonlyMap<string, CataloguedBackup>;
}

function toIndex(read: readonly ReadInstance[]): Index {
  const index = new Map<string, IndexedRegion>();
  const nameOf = ({ key }: ReadInstance): string => `${key.regionId}/${key.instanceId}`;
  for (const { key, manifest, backups } of read.toSorted((a, b) =>
    nameOf(a) < nameOf(b) ? -1 : 1,
  )) {
    const region: IndexedRegion = index.get(key.regionId) ?? {
      instances: new Map(),
      described: [],
    };
    index.set(key.regionId, region);
    const described = manifest && { ...key, manifest };
    if (described) region.described.push(described);
    const byId = new Map(backups.map((backup) => [backup.key.backupId, backup]));
    region.instances.set(key.instanceId, { described, backups, byId });
  }
  return index;
}
