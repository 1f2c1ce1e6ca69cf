import type { BackupKey, InstanceKey } from '../../domain/ids.js';
import type { CataloguedInstance } from './catalogue.js';
import type { CataloguedBackup } from './catalogued-backup.js';
import type { InstanceManifest } from './manifest.js';
import { createSortedRows, type SortedRows } from './sorted-rows.js';
import { comparableTime } from './zoneless-time.js';

/**
 * What a store holds, in memory and without any I/O: the reader of a store puts in what it finds, and answers
 * come from here. Lists are kept sorted; asking for one copies and sorts nothing.
 *
 * It holds each backup once, and beside it an entry by id and a place in a list: some 200 bytes. How large a
 * backup is depends on its texts and files, which the reader bounds.
 */
export interface BackupIndex {
  /** Adds or updates an instance; its manifest is null while it is deleted. */
  putInstance(key: InstanceKey, manifest: InstanceManifest | null): void;
  /** Forgets an instance with its backups. */
  removeInstance(key: InstanceKey): void;
  /** Adds a backup, or puts it in the place of the one of its key. Its instance is added where it is not there. */
  put(backup: CataloguedBackup): void;
  remove(key: BackupKey): void;

  /** The regions that have an instance, sorted. */
  regions(): readonly string[];
  /** The ids of all instances of a region, deleted ones too, sorted. */
  instanceIds(regionId: string): readonly string[];
  /** The instances of a region that are not deleted, by id. */
  instances(regionId: string): readonly CataloguedInstance[];
  /** Null where the instance is deleted or not there. */
  instance(key: InstanceKey): CataloguedInstance | null;
  /** Newest first, by the time of the start and then by id; null where there is no such instance. */
  backups(key: InstanceKey): readonly CataloguedBackup[] | null;
  backup(key: BackupKey): CataloguedBackup | null;
  /** The backups of this id in a region, by instance: one, but for copies. */
  find(regionId: string, backupId: string): readonly CataloguedBackup[];
  /** Backups of all instances. */
  size(): number;
  /** How often something has been put or removed. */
  changes(): number;
}

interface Instance {
  described: CataloguedInstance | null;
  readonly byId: Map<string, CataloguedBackup>;
  readonly newestFirst: SortedRows<CataloguedBackup>;
}

interface Region {
  readonly instances: Map<string, Instance>;
  readonly ids: SortedRows<string>;
  readonly described: SortedRows<CataloguedInstance>;
  /** Instance ids by backup id: a text for the one there is as a rule. */
  readonly holders: Map<string, string | readonly string[]>;
}

export function createBackupIndex(): BackupIndex {
  const regions = new Map<string, Region>();
  const regionIds = createSortedRows(inOrder);
  let size = 0;
  let changes = 0;

  function regionOf(regionId: string): Region {
    const known = regions.get(regionId);
    if (known) return known;
    const region: Region = {
      instances: new Map(),
      ids: createSortedRows(inOrder),
      described: createSortedRows(byInstanceId),
      holders: new Map(),
    };
    regions.set(regionId, region);
    regionIds.insert(regionId);
    return region;
  }

  function instanceOf({ regionId, instanceId }: InstanceKey): Instance {
    const region = regionOf(regionId);
    const known = region.instances.get(instanceId);
    if (known) return known;
    const instance: Instance = {
      described: null,
      byId: new Map(),
      newestFirst: createSortedRows(newestFirst),
    };
    region.instances.set(instanceId, instance);
    region.ids.insert(instanceId);
    return instance;
  }

  const known = ({ regionId, instanceId }: InstanceKey): Instance | undefined =>
    regions.get(regionId)?.instances.get(instanceId);

  return {
    putInstance(key, manifest) {
      changes += 1;
      const { regionId, instanceId } = key;
      const instance = instanceOf(key);
      const { described } = regionOf(regionId);
      if (instance.described) described.remove(instance.described);
      instance.described = manifest && { regionId, instanceId, manifest };
      if (instance.described) described.insert(instance.described);
    },

    removeInstance(key) {
      changes += 1;
      const region = regions.get(key.regionId);
      const instance = region?.instances.get(key.instanceId);
      if (!region || !instance) return;
      for (const backupId of instance.byId.keys()) letGo(region, backupId, key.instanceId);
      size -= instance.byId.size;
      if (instance.described) region.described.remove(instance.described);
      region.ids.remove(key.instanceId);
      region.instances.delete(key.instanceId);
      if (region.instances.size > 0) return;
      regions.delete(key.regionId);
      regionIds.remove(key.regionId);
    },

    put(backup) {
      changes += 1;
      const { key } = backup;
      const instance = instanceOf(key);
      const earlier = instance.byId.get(key.backupId);
      if (earlier) instance.newestFirst.remove(earlier);
      else {
        hold(regionOf(key.regionId), key);
        size += 1;
      }
      instance.byId.set(key.backupId, backup);
      instance.newestFirst.insert(backup);
    },

    remove(key) {
      changes += 1;
      const region = regions.get(key.regionId);
      const instance = region?.instances.get(key.instanceId);
      const backup = instance?.byId.get(key.backupId);
      if (!region || !instance || !backup) return;
      instance.byId.delete(key.backupId);
      instance.newestFirst.remove(backup);
      letGo(region, key.backupId, key.instanceId);
      size -= 1;
    },

    regions: () => regionIds.list(),
    instanceIds: (regionId) => regions.get(regionId)?.ids.list() ?? [],
    instances: (regionId) => regions.get(regionId)?.described.list() ?? [],
    instance: (key) => known(key)?.described ?? null,
    backups: (key) => known(key)?.newestFirst.list() ?? null,
    backup: (key) => known(key)?.byId.get(key.backupId) ?? null,
    find(regionId, backupId) {
      const holders = regions.get(regionId)?.holders.get(backupId) ?? [];
      return (typeof holders === 'string' ? [holders] : holders).flatMap(
        (instanceId) => known({ regionId, instanceId })?.byId.get(backupId) ?? [],
      );
    },
    size: () => size,
    changes: () => changes,
  };
}

/** Order of a list: the latest start first, then by id; those without a start time stand last. */
export function newestFirst(a: CataloguedBackup, b: CataloguedBackup): number {
  const byStart = inOrder(startOf(b), startOf(a));
  return byStart === 0 ? inOrder(a.key.backupId, b.key.backupId) : byStart;
}

/** When the backup was started, in a form that sorts; empty if unknown. */
export function startOf({ manifest }: CataloguedBackup): string {
  return comparableTime(manifest.backupStartTime ?? '');
}

function byInstanceId(a: CataloguedInstance, b: CataloguedInstance): number {
  return inOrder(a.instanceId, b.instanceId);
}

/** By code unit, as `sort` orders texts. */
function inOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function hold({ holders }: Region, { instanceId, backupId }: BackupKey): void {
  const others = holders.get(backupId);
  if (others === undefined) holders.set(backupId, instanceId);
  else holders.set(backupId, [...listOf(others), instanceId].sort());
}

function letGo({ holders }: Region, backupId: string, instanceId: string): void {
  const [holder, ...more] = listOf(holders.get(backupId) ?? []).filter((id) => id !== instanceId);
  if (holder === undefined) holders.delete(backupId);
  else holders.set(backupId, more.length === 0 ? holder : [holder, ...more]);
}

function listOf(holders: string | readonly string[]): readonly string[] {
  return typeof holders === 'string' ? [holders] : holders;
}
