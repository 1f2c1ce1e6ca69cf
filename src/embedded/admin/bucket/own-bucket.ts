import type { BucketStoreConfig } from '../../../config/config.js';
import { formatInstanceId, type BackupKey, type InstanceKey } from '../../../domain/ids.js';
import type { Logger } from '../../../telemetry/logger.js';
import { createBucketListing } from '../../bucket/bucket-catalogue.js';
import { openBucket } from '../../bucket/bucket-store.js';
import {
  type BucketTree,
  createBucketTree,
  INCOMPLETE,
  type InstanceBranch,
} from '../../bucket/bucket-tree.js';
import { canBeLinked } from '../../bucket/store-client.js';
import { isStoreFault } from '../../bucket/store-error.js';
import { instanceManifest, MAX_MANIFEST_SIZE, parseManifest } from '../../catalogue/manifest.js';
import type { OwnBackup, OwnStore } from '../own-store.js';
import { placeInBucket } from './place-in-bucket.js';
import { createUploads } from './uploads.js';

export interface OwnBucketOptions {
  readonly config: BucketStoreConfig;
  /** UTC offset of derived times, for example `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
}

/** Milliseconds without a byte: stores put the parts of a large object together in silence. */
const UPLOAD_SILENCE_MS = 300_000;

/** Opens the bucket of own backups for its owner. */
export function createOwnBucket({ config, timeZone, logger }: OwnBucketOptions): OwnStore {
  const { prefix, bucket } = config;
  const { sdk, client } = openBucket({ config, logger, silenceMs: UPLOAD_SILENCE_MS });
  const uploads = createUploads({ sdk, client, bucket });
  const list = createBucketListing({ ...config, client, timeZone, savesSnapshot: false, logger });
  const folderOf = (key: InstanceKey) => `${prefix}${formatInstanceId(key)}/`;
  const backupFolder = (key: BackupKey) => `${folderOf(key)}${key.backupId}/`;

  /** The tree of the keys that begin with a prefix. */
  async function treeOf(below: string): Promise<BucketTree> {
    const { tree, add } = createBucketTree(prefix);
    for await (const page of client.list(below)) page.forEach(add);
    return tree;
  }

  async function branchOf(key: InstanceKey): Promise<InstanceBranch | undefined> {
    return (await treeOf(folderOf(key))).get(key.regionId)?.get(key.instanceId);
  }

  async function read(below: string): Promise<OwnBackup[][]> {
    return (await list(below)).map(({ key, backups, unlisted }) => [
      ...backups.map((backup): OwnBackup => ({ kind: 'listed', key: backup.key, backup })),
      ...[...unlisted].map(([backupId, kind]): OwnBackup => ({ kind, key: { ...key, backupId } })),
    ]);
  }

  async function findObjectFault(key: string, allowEmpty: boolean): Promise<string[]> {
    if (key === '' || key.endsWith('/')) return [`--object: "${key}" is not an object key`];
    if (!canBeLinked(key)) {
      return [
        `--object: a link cannot contain the key ${JSON.stringify(key)}; copy the object to another key first`,
      ];
    }
    try {
      const { size } = await client.head(key);
      return size === 0 && !allowEmpty
        ? [`--object: ${key} is empty; add --allow-empty if that is intended`]
        : [];
    } catch (error) {
      if (!isStoreFault(error, 'missing', 'refused')) throw error;
      return [
        `--object: ${key} is not in the bucket, or these credentials may not read it; use its full key`,
      ];
    }
  }

  async function remove(key: BackupKey): Promise<void> {
    // Hide the backup first and remove the marker last, so an interrupted removal stays hidden.
    const folder = backupFolder(key);
    const marker = `${folder}${INCOMPLETE}`;
    await client.put(marker, '{}');
    await uploads.abortAll(folder);
    for await (const page of client.list(folder)) {
      for (const object of page) if (object.key !== marker) await client.remove(object.key);
    }
    await client.remove(marker);
  }

  return {
    async instance(key) {
      const branch = await branchOf(key);
      if (!branch?.manifest) return branch ? { kind: 'missing' } : null;
      const got = await client.getText(branch.manifest.key, MAX_MANIFEST_SIZE);
      return parseManifest(got?.text ?? '', instanceManifest);
    },

    async hasBackup(regionId, backupId) {
      const region = (await treeOf(`${prefix}${regionId}/`)).get(regionId);
      return [...(region?.values() ?? [])].some(({ backups }) => {
        const found = backups.get(backupId);
        return found && !found.isIncomplete;
      });
    },

    async findFaults({ link, objects, allowEmpty }) {
      const faults = objects.map((key) => findObjectFault(key, allowEmpty));
      return [
        ...(link ? ['--link: only for a folder; omit it with a bucket'] : []),
        ...(await Promise.all(faults)).flat(),
      ];
    },

    async place(backup, placing) {
      const instance = await branchOf(backup.key);
      return placeInBucket({ backup, instance, folderOf, client, uploads }, placing);
    },

    async *list({ regionId, instanceId }) {
      const region = regionId === undefined ? '' : `${regionId}/`;
      const instance = region === '' || instanceId === undefined ? '' : `${instanceId}/`;
      for (const backups of await read(`${prefix}${region}${instance}`)) {
        yield backups.filter(({ key }) => key.instanceId === (instanceId ?? key.instanceId));
      }
    },

    async find(key) {
      const backups = (await read(folderOf(key))).flat();
      return backups.find((one) => one.key.backupId === key.backupId) ?? null;
    },
    remove,
    placeOf: (key) => `s3://${bucket}/${backupFolder(key)}`,
    close: () => {
      sdk.destroy();
    },
  };
}
