import { setImmediate as nextTurn } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { InstanceKey } from '../../domain/ids.js';
import { toBackup, type CataloguedBackup } from '../catalogue/catalogued-backup.js';
import {
  backupManifest,
  instanceManifest,
  type InstanceManifest,
  type Manifest,
} from '../catalogue/manifest.js';
import type { BackupBranch, BucketTree, InstanceBranch } from './bucket-tree.js';
import type { Manifests } from './manifests.js';
import type { FoundObjects, NamedObjects } from './named-objects.js';

/** One instance as the bucket holds it. */
export interface ReadInstance {
  readonly key: InstanceKey;
  /** Null where the instance is deleted. */
  readonly manifest: InstanceManifest | null;
  /** The same objects as the last time, where nothing of them has changed. */
  readonly backups: readonly CataloguedBackup[];
}

export interface BucketReaderOptions {
  readonly manifests: Manifests;
  readonly named: NamedObjects;
  /** Zone of derived times, as `+08:00`. */
  readonly timeZone: string;
}

/** Requests under way at a time. */
const PARALLEL_READS = 32;
/** Instances read before others get their turn. */
const INSTANCES_A_TURN = 50;

/**
 * Makes a function that reads the json files of what was listed.
 * @throws StoreError where the store does not answer: half of a bucket must not look like all of it
 */
export function createBucketReader({ manifests, named, timeZone }: BucketReaderOptions) {
  let last = new Map<string, Known>();

  async function filesOf(
    { files, unavailable }: BackupBranch,
    objects: readonly string[],
  ): Promise<FoundObjects> {
    if (objects.length === 0) return { files, unavailable };
    const names = [...files.map(({ name }) => name), ...unavailable];
    const elsewhere = await named.find(objects, names);
    return {
      files: [...files, ...elsewhere.files],
      unavailable: [...unavailable, ...elsewhere.unavailable],
    };
  }

  async function readBackup(
    instance: InstanceFacts,
    backupId: string,
    branch: BackupBranch,
  ): Promise<Known | null> {
    const manifest = await manifests.read(branch.manifest, backupManifest);
    if (manifest.kind === 'broken') return null;
    if (manifest.kind === 'missing' && branch.files.length + branch.unavailable.length === 0) {
      return null;
    }
    const content = manifest.kind === 'read' ? manifest.content : {};
    const { files, unavailable } = await filesOf(branch, content.objects ?? []);
    const state = stateOf(instance, manifest, branch, { files, unavailable });
    const key = { ...instance.key, backupId };
    const known = last.get(nameOf(instance.key, backupId));
    if (known?.state === state) return known;
    const backup = toBackup({
      key,
      manifest: content,
      instance: instance.manifest,
      files: files.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      unavailable,
      timeZone,
    });
    return { state, backup };
  }

  return async (tree: BucketTree): Promise<ReadInstance[]> => {
    const limit = pLimit(PARALLEL_READS);
    const next = new Map<string, Known>();

    async function readInstance(key: InstanceKey, branch: InstanceBranch): Promise<ReadInstance> {
      const manifest = await limit(() => manifests.read(branch.manifest, instanceManifest));
      const facts = { key, manifest, version: branch.manifest?.version ?? '' };
      const backups: CataloguedBackup[] = [];
      const readings = [...branch.backups].map(([backupId, backup]) =>
        limit(async () => {
          const read = backup.isIncomplete ? null : await readBackup(facts, backupId, backup);
          if (read === null) return;
          next.set(nameOf(key, backupId), read);
          backups.push(read.backup);
        }),
      );
      await Promise.all(readings);
      return { key, manifest: manifest.kind === 'read' ? manifest.content : null, backups };
    }

    const branches = [...tree].flatMap(([regionId, instances]) =>
      [...instances].map(([instanceId, branch]) => ({ key: { regionId, instanceId }, branch })),
    );
    const read: ReadInstance[] = [];
    try {
      for (let i = 0; i < branches.length; i += INSTANCES_A_TURN) {
        const some = branches.slice(i, i + INSTANCES_A_TURN);
        read.push(...(await Promise.all(some.map(({ key, branch }) => readInstance(key, branch)))));
        await nextTurn();
      }
    } finally {
      limit.clearQueue();
    }
    last = next;
    return read;
  };
}

interface InstanceFacts {
  readonly key: InstanceKey;
  readonly manifest: Manifest<InstanceManifest>;
  readonly version: string;
}

/** A backup, and what it was made of. */
interface Known {
  readonly state: string;
  readonly backup: CataloguedBackup;
}

function nameOf({ regionId, instanceId }: InstanceKey, backupId: string): string {
  return `${regionId}/${instanceId}/${backupId}`;
}

function stateOf(
  { manifest: { kind }, version }: InstanceFacts,
  { kind: ownKind }: Manifest<unknown>,
  { manifest }: BackupBranch,
  { files, unavailable }: FoundObjects,
): string {
  const ofFiles = files.map((file) => `${file.name}\n${file.version}\n${file.objectKey ?? ''}`);
  return [kind, version, ownKind, manifest?.version ?? '', ...ofFiles, '', ...unavailable].join(
    '\n',
  );
}
