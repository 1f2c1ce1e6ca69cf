import { setImmediate as nextTurn } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { InstanceKey } from '../../domain/ids.js';
import { newestFirst } from '../catalogue/newest-first.js';
import { namesOf, toBackup, type CataloguedBackup } from '../catalogue/catalogued-backup.js';
import { backupManifest, instanceManifest, type InstanceManifest } from '../catalogue/manifest.js';
import type { StoredFile } from '../catalogue/stored-file.js';
import type { BackupBranch, BucketTree, InstanceBranch } from './bucket-tree.js';
import type { JsonFiles } from './json-files.js';
import type { LookedAtObjects } from './looked-at-objects.js';

/** One instance as the bucket holds it. */
export interface ReadInstance {
  readonly key: InstanceKey;
  /** Null where the instance is deleted. */
  readonly manifest: InstanceManifest | null;
  /** Newest first; the same objects as the last time, where nothing of them has changed. */
  readonly backups: readonly CataloguedBackup[];
}

export interface BucketReaderOptions {
  readonly json: JsonFiles;
  readonly objects: LookedAtObjects;
  /** What the keys of the layout begin with: empty, or with a slash at its end. */
  readonly prefix: string;
  /** Zone of derived times, as `+08:00`. */
  readonly timeZone: string;
}

/** Requests under way at a time. */
const PARALLEL_READS = 32;
/** Instances read before others get their turn. */
const INSTANCES_A_TURN = 50;

/** A backup, and what it was made of. */
interface Known {
  readonly state: string;
  readonly backup: CataloguedBackup;
}

/** The files of a backup, and the names of those that no link can lead to. */
interface Files {
  readonly files: readonly StoredFile[];
  readonly unavailable: readonly string[];
}

/**
 * Makes a function that reads what a listing found: JSON files, and objects that the listing tells too little of.
 * @throws StoreError where the store does not answer: half of a bucket must not look like all of it
 */
export function createBucketReader(options: BucketReaderOptions) {
  const { json, objects, prefix, timeZone } = options;
  let last = new Map<string, Known>();

  async function filesOf(
    folder: string,
    branch: BackupBranch,
    keys: readonly string[],
  ): Promise<Files> {
    const files: StoredFile[] = [];
    const unavailable = [...branch.unavailable];
    for (const file of branch.files) {
      // An object of many segments may be listed without its bytes (OpenStack Swift, dynamic large objects).
      const looked = file.size === 0 ? await objects.find(`${folder}files/${file.name}`) : null;
      files.push(looked ?? file);
    }
    const taken = [...files.map(({ name }) => name), ...unavailable];
    for (const [key, name] of namesOf(keys, taken)) {
      const file = await objects.find(key);
      if (file) files.push({ ...file, name, objectKey: key });
      else unavailable.push(name);
    }
    return { files: files.sort((a, b) => (a.name < b.name ? -1 : 1)), unavailable };
  }

  return async (tree: BucketTree): Promise<ReadInstance[]> => {
    const limit = pLimit(PARALLEL_READS);
    const next = new Map<string, Known>();

    async function readInstance(key: InstanceKey, branch: InstanceBranch): Promise<ReadInstance> {
      const instance = await limit(() => json.read(branch.manifest, instanceManifest));
      const version = `${instance.kind} ${branch.manifest?.version ?? ''}`;

      async function readBackup(backupId: string, found: BackupBranch): Promise<Known | null> {
        const manifest = await json.read(found.manifest, backupManifest);
        const isEmpty = found.files.length + found.unavailable.length === 0;
        if (manifest.kind === 'broken' || (manifest.kind === 'missing' && isEmpty)) return null;
        const content = manifest.kind === 'read' ? manifest.content : {};
        const id = `${key.regionId}/${key.instanceId}/${backupId}`;
        const files = await filesOf(`${prefix}${id}/`, found, content.objects ?? []);
        const state = [version, manifest.kind, found.manifest?.version, stateOf(files)].join('\n');
        const known = last.get(id);
        const backup =
          known?.state === state
            ? known.backup
            : toBackup({
                key: { ...key, backupId },
                manifest: content,
                instance,
                ...files,
                timeZone,
              });
        next.set(id, { state, backup });
        return { state, backup };
      }

      const readings = [...branch.backups].map(([backupId, found]) =>
        limit(() => (found.isIncomplete ? null : readBackup(backupId, found))),
      );
      const backups = (await Promise.all(readings)).flatMap((read) => read?.backup ?? []);
      const manifest = instance.kind === 'read' ? instance.content : null;
      return { key, manifest, backups: backups.sort(newestFirst) };
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
    objects.forgetOthers();
    last = next;
    return read;
  };
}

function stateOf({ files, unavailable }: Files): string {
  const found = files.map(({ name, version, objectKey = '' }) => [name, version, objectKey]);
  return [...found.flat(), '', ...unavailable].join('\n');
}
