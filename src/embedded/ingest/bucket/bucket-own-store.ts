import type { BucketStoreConfig } from '../../../config/config.js';
import { ENGINES } from '../../../domain/engines.js';
import type { BackupKey, InstanceKey } from '../../../domain/ids.js';
import type { Logger } from '../../../telemetry/logger.js';
import { createBucketListing } from '../../bucket/bucket-catalogue.js';
import { openBucket } from '../../bucket/bucket-store.js';
import { createBucketTree, INCOMPLETE, type InstanceBranch } from '../../bucket/bucket-tree.js';
import { createMultipartUploads } from '../../bucket/multipart-upload.js';
import { adviceOn, StoreError } from '../../bucket/store-error.js';
import { instanceManifest, MAX_MANIFEST_SIZE, parseManifest } from '../../catalogue/manifest.js';
import type { NewBackup } from '../arguments.js';
import { FaultsError } from '../faults-error.js';
import type { OwnStore } from '../own-store.js';
import { findObjectFaults } from './named-objects.js';
import { placeInBucket } from './place-in-bucket.js';

export interface BucketOwnStoreOptions {
  readonly config: BucketStoreConfig;
  /** UTC offset of derived times, for example `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
  /** Resolves after the given milliseconds. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** Milliseconds without a byte. */
const UPLOAD_SILENCE_MS = 300_000;

/** Opens the bucket of own backups for its owner. Store failures become FaultsErrors. */
export function createBucketOwnStore(options: BucketOwnStoreOptions): OwnStore {
  const { config, timeZone, logger, pause } = options;
  const { prefix } = config;
  // Stores put the parts of a large object together in silence.
  const { sdk, client } = openBucket({ config, logger, silenceMs: UPLOAD_SILENCE_MS });
  const uploads = createMultipartUploads({ sdk, client, bucket: config.bucket });
  const folderOf = ({ regionId, instanceId }: InstanceKey) => `${prefix}${regionId}/${instanceId}/`;
  const backupFolder = (key: BackupKey) => `${folderOf(key)}${key.backupId}/`;
  const list = createBucketListing({ ...config, client, timeZone, savesSnapshot: false, logger });
  const backups = async (key: InstanceKey) => (await list(folderOf(key)))[0]?.backups ?? [];

  /** The tree of the keys that begin with a prefix. */
  async function treeOf(below: string) {
    const { tree, add } = createBucketTree(prefix);
    for await (const page of client.list(below)) page.forEach(add);
    return tree;
  }

  async function instanceOf(key: InstanceKey): Promise<InstanceBranch | undefined> {
    return (await treeOf(folderOf(key))).get(key.regionId)?.get(key.instanceId);
  }

  async function keysBelow(folder: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const page of client.list(folder)) keys.push(...page.map(({ key }) => key));
    return keys;
  }

  /** Link requests name only region and backup, so a backup id must be unique in its region. */
  async function findIdFaults({ key, isIdGiven }: NewBackup): Promise<string[]> {
    if (!isIdGiven) return [];
    const region = (await treeOf(`${prefix}${key.regionId}/`)).get(key.regionId) ?? new Map();
    for (const { backups } of (region as Map<string, InstanceBranch>).values()) {
      const found = backups.get(key.backupId);
      if (found && !found.isIncomplete) {
        return [`--backup-id: the region already has a backup ${key.backupId}`];
      }
    }
    return [];
  }

  async function findInstanceFaults({ key, engine }: NewBackup): Promise<string[]> {
    const object = (await instanceOf(key))?.manifest;
    if (object === undefined) return [];
    const got = await client.getText(object.key, MAX_MANIFEST_SIZE);
    const manifest = parseManifest(got?.text ?? '', instanceManifest);
    if (manifest.kind !== 'read') return [`${object.key} is not valid; correct it first`];
    return manifest.content.engine === ENGINES[engine].upstreamName
      ? []
      : [`--engine: the instance ${key.instanceId} has the engine "${manifest.content.engine}"`];
  }

  return {
    findFaults: (backup) =>
      withAdvice(async () => {
        const link = backup.link ? ['--link: only for a folder; omit it with a bucket'] : [];
        const faults = await Promise.all([
          findIdFaults(backup),
          findInstanceFaults(backup),
          findObjectFaults(backup, client),
        ]);
        return [...link, ...faults.flat()];
      }),

    place: (backup, placing) =>
      withAdvice(async () => {
        const instance = await instanceOf(backup.key);
        return placeInBucket({ backup, instance, folderOf, client, uploads, pause }, placing);
      }),

    instances: () =>
      withAdvice(async () =>
        [...(await treeOf(prefix))]
          .flatMap(([regionId, instances]) =>
            [...instances.keys()].map((instanceId) => ({ regionId, instanceId })),
          )
          .sort((a, b) => (folderOf(a) < folderOf(b) ? -1 : 1)),
      ),

    catalogue: {
      backups: (key) => withAdvice(() => backups(key)),
      backup: (key) =>
        withAdvice(
          async () => (await backups(key)).find((one) => one.key.backupId === key.backupId) ?? null,
        ),
    },

    isUnfinished: (key) =>
      withAdvice(
        async () => (await instanceOf(key))?.backups.get(key.backupId)?.isIncomplete ?? false,
      ),

    remove: (key) =>
      withAdvice(async () => {
        // Hide the backup first and remove the marker last, so an interrupted removal stays hidden.
        const marker = `${backupFolder(key)}${INCOMPLETE}`;
        const keys = (await keysBelow(backupFolder(key))).filter((one) => one !== marker);
        await client.put(marker, '{}');
        for (const one of keys) {
          const uploadId = await uploads.findOpen(one);
          if (uploadId !== null) await uploads.abort(one, uploadId);
          await client.remove(one);
        }
        await client.remove(marker);
      }),

    placeOf: (key) => `s3://${config.bucket}/${backupFolder(key)}`,

    close() {
      sdk.destroy();
      return Promise.resolve();
    },
  };
}

/** Turns a failure of the store into a FaultsError with advice. */
async function withAdvice<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new FaultsError([
      `EMBEDDED_BUCKET: the store failed: ${error.message}. ${adviceOn(error)}`,
    ]);
  }
}
