import { setImmediate as nextTurn } from 'node:timers/promises';
import { formatBackupId } from '../../domain/ids.js';
import type { Logger } from '../../telemetry/logger.js';
import { createBackupIndex, type BackupIndex } from '../catalogue/backup-index.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { createBucketTree } from './bucket-tree.js';
import { createKeptManifests } from './kept-manifests.js';
import { createManifests } from './manifests.js';
import { createNamedObjects } from './named-objects.js';
import { type ReadInstance, createBucketReader } from './read-bucket.js';
import { readListing } from './read-listing.js';
import type { ListedObject, StoreClient } from './store-client.js';
import { type StoreError, toStoreError } from './store-error.js';
import { toRefusal } from './store-refusals.js';

export interface BucketCatalogueOptions {
  readonly client: StoreClient;
  readonly bucket: string;
  /** What the keys of the layout begin with: empty, or with a slash at its end. */
  readonly prefix: string;
  /** Zone of derived times, as `+08:00`. */
  readonly timeZone: string;
  /** Milliseconds from the end of one listing to the next. */
  readonly refreshMs: number;
  /** Milliseconds for which the last whole listing is answered from while the store is away. */
  readonly maxAgeMs: number;
  /** Whether to keep an index in the bucket for the next start; one that is there is used in any case. */
  readonly keepsIndex: boolean;
  readonly logger: Logger;
  /** Milliseconds, by a clock that never goes back. */
  readonly now?: () => number;
}

export interface BucketCatalogue extends Catalogue {
  /** Lists the bucket again. Never fails: what was known stays where the store does not answer. */
  refresh(): Promise<void>;
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
  const { client, bucket, prefix, timeZone, refreshMs, maxAgeMs, logger } = options;
  const { keepsIndex, now = () => performance.now() } = options;
  const index = createBackupIndex();
  const kept = createKeptManifests({ client, bucket, prefix, logger });
  const manifests = createManifests({ client, kept, keepsIndex, logger, now });
  const named = createNamedObjects({ client, now });
  const read = createBucketReader({ manifests, named, timeZone });
  let listedAt = now();
  let failure: StoreError | null = null;
  let isClosed = false;
  let notWhole: ReadonlySet<string> = new Set();

  async function list(): Promise<void> {
    const startedAt = now();
    const branches = createBucketTree(prefix);
    let keptObject: ListedObject | undefined;
    await readListing(client, prefix, (objects) => {
      for (const object of objects) branches.add(object);
      keptObject = objects.find(({ key }) => key === kept.key) ?? keptObject;
    });
    await manifests.begin(keptObject);
    const instances = await read(branches.tree);
    reportNotWhole(instances);
    await apply(index, instances);
    manifests.end();
    named.forgetOthers();
    listedAt = startedAt;
  }

  /** One line for all backups that lack files, once more when there is another one. */
  function reportNotWhole(instances: readonly ReadInstance[]): void {
    const found = instances.flatMap(({ backups }) =>
      backups.filter(({ unavailableFiles }) => unavailableFiles.length > 0),
    );
    const ids = new Set(found.map(({ key }) => formatBackupId(key)));
    const example = found.find(({ key }) => !notWhole.has(formatBackupId(key)));
    notWhole = ids;
    if (example === undefined) return;
    const unavailable = example.unavailableFiles.slice(0, LOGGED_NAMES);
    logger.warn(
      { count: found.length, backup: formatBackupId(example.key), unavailable },
      'backups are not whole: objects are missing, or have keys that no link can carry',
    );
  }

  async function listOrKeep(): Promise<void> {
    try {
      await list();
      if (failure) logger.info('the bucket can be listed again');
      failure = null;
    } catch (error) {
      const next = toStoreError(error);
      if (isClosed) return;
      if (next.message !== failure?.message) {
        logger.warn(
          { reason: next.message },
          'the bucket cannot be listed; the last whole listing stays',
        );
      }
      failure = next;
    }
  }

  let timer: NodeJS.Timeout | undefined;
  let listing: Promise<void> | undefined;
  const refresh = (): Promise<void> => {
    listing ??= listOrKeep().finally(() => {
      listing = undefined;
    });
    return listing;
  };
  function schedule(): void {
    if (isClosed) return;
    timer = setTimeout(() => void refresh().then(schedule), refreshMs);
    timer.unref();
  }

  /** An answer out of the index, while it is not too old. @throws ApiError 503, 403 */
  function answer<Found>(find: (known: BackupIndex) => Found): Promise<Found> {
    if (failure && now() - listedAt > maxAgeMs) return Promise.reject(toRefusal(failure));
    return Promise.resolve(find(index));
  }

  await list();
  const ms = Math.round(now() - listedAt);
  logger.info({ backups: index.size(), ms }, 'read the backups');
  schedule();
  return {
    regions: () => answer((known) => known.regions()),
    instances: (regionId) => answer((known) => known.instances(regionId)),
    instance: (key) => answer((known) => known.instance(key)),
    backups: (key) => answer((known) => known.backups(key)),
    backup: (key) => answer((known) => known.backup(key)),
    findBackups: (regionId, backupId) => answer((known) => known.find(regionId, backupId)),
    // A look at each row would be a call for each: the listing is as new as it is set to be.
    recheck: () => Promise.resolve(false),
    refresh,
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Instances put into the index before others get their turn. */
const INSTANCES_A_TURN = 50;

/** Makes the index what was read. */
async function apply(index: BackupIndex, instances: readonly ReadInstance[]): Promise<void> {
  const kept = new Set<string>();
  for (const [count, { key, manifest, backups }] of instances.entries()) {
    kept.add(`${key.regionId}/${key.instanceId}`);
    const known = index.backups(key);
    if (known === null || (index.instance(key)?.manifest ?? null) !== manifest) {
      index.putInstance(key, manifest);
    }
    const ids = new Set(backups.map((backup) => backup.key.backupId));
    for (const backup of [...(known ?? [])]) {
      if (!ids.has(backup.key.backupId)) index.remove(backup.key);
    }
    for (const backup of backups) {
      if (index.backup(backup.key) !== backup) index.put(backup);
    }
    if (count % INSTANCES_A_TURN === 0) await nextTurn();
  }
  for (const regionId of [...index.regions()]) {
    for (const instanceId of [...index.instanceIds(regionId)]) {
      if (!kept.has(`${regionId}/${instanceId}`)) index.removeInstance({ regionId, instanceId });
    }
  }
}
