import { setImmediate as nextTurn } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { InstanceKey } from '../../domain/ids.js';
import {
  namesOf,
  reportNotWhole,
  toBackup,
  type CataloguedBackup,
} from '../catalogue/catalogued-backup.js';
import type { ReportFinding } from '../catalogue/findings.js';
import { backupManifest, instanceManifest, type InstanceManifest } from '../catalogue/manifest.js';
import { newestFirst } from '../catalogue/newest-first.js';
import type { StoredFile } from '../catalogue/stored-file.js';
import type { BackupBranch, BucketTree, InstanceBranch } from './bucket-tree.js';
import type { JsonFiles } from './json-files.js';
import { canBeLinked, type StoreClient, toFile } from './store-client.js';
import { isStoreFault } from './store-error.js';

/** One instance as the bucket holds it. */
export interface ReadInstance {
  readonly key: InstanceKey;
  /** Null where the instance is deleted. */
  readonly manifest: InstanceManifest | null;
  /** Newest first. */
  readonly backups: readonly CataloguedBackup[];
  readonly byId: ReadonlyMap<string, CataloguedBackup>;
  /** Ids of backups that no list has: still being added or removed, or with a backup.json that is not valid. */
  readonly unlisted: ReadonlyMap<string, 'unfinished' | 'unreadable'>;
}

export interface BucketReaderOptions {
  readonly client: Pick<StoreClient, 'head'>;
  readonly json: JsonFiles;
  /** What the keys of the layout begin with: empty, or with a slash at its end. */
  readonly prefix: string;
  /** Zone of derived times, as `+08:00`. */
  readonly timeZone: string;
  readonly report: ReportFinding;
  /** Milliseconds, by a clock that never goes back. */
  readonly now: () => number;
}

/** Requests under way at a time. */
const PARALLEL_READS = 32;
/** Instances read before others get their turn. */
const INSTANCES_A_TURN = 50;
/** Milliseconds before an object is looked at again for the lists; a link looks at it each time. */
const FRESH_MS = 300_000;

/**
 * Makes a function that reads what a listing found: JSON files, and objects that the listing tells too little of. It
 * returns instances by region and id.
 * @throws StoreError where the store does not answer: half of a bucket must not look like all of it
 */
export function createBucketReader(options: BucketReaderOptions) {
  const { client, json, prefix, timeZone, report, now } = options;
  const objects = new Map<string, { readonly at: number; readonly file: StoredFile | null }>();

  /** An object as a file; null where it is missing, not readable, or has a key that no link can carry. */
  async function findObject(key: string): Promise<StoredFile | null> {
    const known = objects.get(key);
    if (known) return known.file;
    const at = now();
    const isFile = !key.endsWith('/') && canBeLinked(key);
    const file = isFile ? await client.head(key).then(toFile, nullIfOutOfReach) : null;
    objects.set(key, { at, file });
    return file;
  }

  async function filesOf(folder: string, branch: BackupBranch, keys: readonly string[]) {
    const files: StoredFile[] = [];
    const unavailable = [...branch.unavailable];
    for (const file of branch.files) {
      // An object of many segments may be listed without its bytes (OpenStack Swift, dynamic large objects).
      const looked = file.size === 0 ? await findObject(`${folder}files/${file.name}`) : null;
      files.push(looked ?? file);
    }
    const taken = [...files.map(({ name }) => name), ...unavailable];
    for (const [key, name] of namesOf(keys, taken)) {
      const file = await findObject(key);
      if (file) files.push({ ...file, name, objectKey: key });
      else unavailable.push(name);
    }
    return { files: files.sort((a, b) => (a.name < b.name ? -1 : 1)), unavailable };
  }

  return async (tree: BucketTree): Promise<ReadInstance[]> => {
    const limit = pLimit(PARALLEL_READS);

    async function readInstance(key: InstanceKey, branch: InstanceBranch): Promise<ReadInstance> {
      const instance = await limit(() => json.read(branch.manifest, instanceManifest));
      const byId = new Map<string, CataloguedBackup>();
      const readings = [...branch.backups].map(async ([backupId, found]) => {
        const backup = await limit(async () => {
          if (found.isIncomplete) return null;
          const manifest = await json.read(found.manifest, backupManifest);
          const isEmpty = found.files.length + found.unavailable.length === 0;
          if (manifest.kind === 'missing' && isEmpty) return null;
          const folder = `${prefix}${key.regionId}/${key.instanceId}/${backupId}/`;
          const keys = manifest.kind === 'read' ? manifest.content.objects : undefined;
          const files = await filesOf(folder, found, keys ?? []);
          const facts = { key: { ...key, backupId }, manifest, instance, ...files };
          return toBackup(facts, timeZone);
        });
        if (backup === null) return;
        reportNotWhole(backup, report);
        byId.set(backupId, backup);
      });
      await Promise.all(readings);
      const unlisted = new Map<string, 'unfinished' | 'unreadable'>();
      for (const [backupId, { isIncomplete }] of branch.backups) {
        if (!byId.has(backupId)) unlisted.set(backupId, isIncomplete ? 'unfinished' : 'unreadable');
      }
      const manifest = instance.kind === 'read' ? instance.content : null;
      return { key, manifest, backups: [...byId.values()].sort(newestFirst), byId, unlisted };
    }

    const branches = inOrder(tree).flatMap(([regionId, instances]) =>
      inOrder(instances).map(([instanceId, branch]) => ({ key: { regionId, instanceId }, branch })),
    );
    for (const [key, { at }] of objects) if (now() - at >= FRESH_MS) objects.delete(key);
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
    return read;
  };
}

/** By id. */
function inOrder<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function nullIfOutOfReach(error: unknown): null {
  if (isStoreFault(error, 'missing', 'refused')) return null;
  throw error;
}
