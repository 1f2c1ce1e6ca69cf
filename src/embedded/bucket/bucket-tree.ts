import { isIdPart, type BackupKey } from '../../domain/ids.js';
import { isBackupFileName } from '../catalogue/backup-file-name.js';
import type { StoredFile } from '../catalogue/stored-file.js';
import { canBeLinked, fileNameOf, type ListedObject, toFile } from './store-client.js';

/** A tree that grows with each listed object. */
export interface TreeOfKeys {
  readonly tree: BucketTree;
  readonly add: (object: ListedObject) => void;
}

/** What one listing of a bucket holds, by region and instance. */
export type BucketTree = Map<string, Map<string, InstanceBranch>>;

export interface InstanceBranch {
  /** instance.json. */
  manifest?: ListedObject;
  readonly backups: Map<string, BackupBranch>;
}

export interface BackupBranch {
  /** backup.json. */
  manifest?: ListedObject;
  /** Whether somebody is still adding or removing it. */
  isIncomplete?: boolean;
  readonly files: StoredFile[];
  /** Names of files whose keys no link can carry. */
  readonly unavailable: string[];
}

/** Beside backup.json while a backup is being added or removed. */
export const INCOMPLETE = '.incomplete';

/**
 * Puts objects where their keys say: `<regionId>/<instanceId>/instance.json`, and below
 * `<regionId>/<instanceId>/<backupId>/` backup.json and `files/<file>`. Keys that end with a slash are
 * markers of folders, made by consoles and mount tools: they make a region and an instance, and are no
 * backups and no files. Folders below `files/` are not looked at.
 */
export function createBucketTree(prefix: string): TreeOfKeys {
  const tree: BucketTree = new Map();

  function instanceOf(regionId: string, instanceId: string): InstanceBranch {
    const region = getOrSet(tree, regionId, () => new Map<string, InstanceBranch>());
    return getOrSet(region, instanceId, () => ({ backups: new Map() }));
  }

  function backupOf({ regionId, instanceId, backupId }: BackupKey): BackupBranch {
    const { backups } = instanceOf(regionId, instanceId);
    return getOrSet(backups, backupId, () => ({ files: [], unavailable: [] }));
  }

  return {
    tree,
    add(object) {
      if (!object.key.startsWith(prefix)) return;
      const [regionId = '', instanceId = '', third, ...rest] = object.key
        .slice(prefix.length)
        .split('/');
      if (!isIdPart(regionId) || !isIdPart(instanceId) || third === undefined) return;
      const instance = instanceOf(regionId, instanceId);
      if (rest.length === 0 && third === 'instance.json') instance.manifest = object;
      if (rest.length === 0 || !isIdPart(third)) return;
      const key = { regionId, instanceId, backupId: third };
      const [fourth, name, ...below] = rest;
      if (rest.length === 1) {
        if (fourth === 'backup.json') backupOf(key).manifest = object;
        else if (fourth === INCOMPLETE) backupOf(key).isIncomplete = true;
        return;
      }
      if (fourth !== 'files' || name === undefined || name === '' || below.length > 0) return;
      if (name !== '.' && name !== '..' && !isBackupFileName(name)) return;
      if (canBeLinked(object.key)) backupOf(key).files.push(toFile(object));
      else backupOf(key).unavailable.push(fileNameOf(object.key));
    },
  };
}

function getOrSet<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
