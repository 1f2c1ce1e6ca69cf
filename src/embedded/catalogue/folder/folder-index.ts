import pLimit from 'p-limit';
import type { InstanceKey } from '../../../domain/ids.js';
import { createBackupIndex, type BackupIndex } from '../backup-index.js';
import { createKnownInstance, type InstanceOptions, type KnownInstance } from './known-instance.js';
import type { Look } from './look.js';
import { isUpToDate, noteOf, type Note } from './note.js';
import { oneAtATime } from './one-at-a-time.js';

export interface FolderIndexOptions extends Omit<InstanceOptions, 'index'> {
  /** Called with each folder that has come, before it is read, and that has gone. */
  readonly onFolder: (path: string, event: 'come' | 'gone') => void;
}

/** The regions and instances of the folder: knows what is in the index, and brings that up to date. */
export interface FolderIndex {
  readonly index: BackupIndex;
  /** @throws ApiError 503 UNAVAILABLE */
  regions(): Promise<readonly KnownRegion[]>;
  /** Null where there is no such folder. @throws ApiError 503 UNAVAILABLE */
  region(regionId: string): Promise<KnownRegion | null>;
  instance(key: InstanceKey): Promise<KnownInstance | null>;
  /** An instance as it was seen last, without a look at its folder. */
  seen(key: InstanceKey): KnownInstance | undefined;
  /** Every instance that is known, as it was seen last. */
  known(): readonly KnownInstance[];
}

export interface KnownRegion {
  readonly regionId: string;
  readonly instances: ReadonlyMap<string, KnownInstance>;
  /** Reads which instances there are, where that has changed. @throws ApiError */
  refresh(): Promise<void>;
  /** Reads each instance.json that has changed; where there are many, unless that was done within a second. */
  refreshManifests(): Promise<void>;
}

/** Manifests read at a time. */
const PARALLEL_MANIFESTS = 8;
/** Milliseconds for which instance.json files are taken for what they were, where there are many. */
const MANIFESTS_AGE_MS = 1000;
const MANY_INSTANCES = 100;

export function createFolderIndex(options: FolderIndexOptions): FolderIndex {
  const { reader, now, onFolder } = options;
  const index = createBackupIndex();
  const regions = new Map<string, Region>();

  const root = createListing({
    look: () => reader.lookAtFolder({}),
    list: () => reader.idsIn({}),
    now,
    onIds(ids) {
      for (const [regionId, region] of regions) if (!ids.has(regionId)) forget(region);
      for (const regionId of ids) if (!regions.has(regionId)) add(regionId);
    },
  });

  function add(regionId: string): void {
    onFolder(reader.pathOf({ regionId }), 'come');
    regions.set(regionId, createRegion(regionId));
  }

  function forget(region: Region): void {
    regions.delete(region.regionId);
    region.forget();
    onFolder(reader.pathOf(region), 'gone');
  }

  function createRegion(regionId: string): Region {
    const instances = new Map<string, KnownInstance>();
    const limit = pLimit(PARALLEL_MANIFESTS);
    let manifestsAt = 0;

    function addInstance(instanceId: string): void {
      const key = { regionId, instanceId };
      onFolder(reader.pathOf(key), 'come');
      instances.set(instanceId, createKnownInstance(key, { ...options, index }));
    }

    function forgetInstance(instance: KnownInstance): void {
      const { key } = instance;
      instances.delete(key.instanceId);
      instance.forget();
      onFolder(reader.pathOf(key), 'gone');
    }

    const refresh = createListing({
      look: () => reader.lookAtFolder({ regionId }),
      list: () => reader.idsIn({ regionId }),
      now,
      onIds(ids) {
        for (const [id, instance] of instances) if (!ids.has(id)) forgetInstance(instance);
        for (const id of ids) if (!instances.has(id)) addInstance(id);
      },
    });

    return {
      regionId,
      instances,
      refresh,
      refreshManifests: oneAtATime(async () => {
        const at = now();
        const all = [...instances.values()];
        if (all.length > MANY_INSTANCES && at - manifestsAt < MANIFESTS_AGE_MS) return;
        await Promise.all(all.map((one) => limit(() => one.refreshManifest())));
        manifestsAt = at;
      }),
      forget() {
        for (const instance of [...instances.values()]) forgetInstance(instance);
      },
    };
  }

  async function region(regionId: string): Promise<Region | null> {
    await root();
    const known = regions.get(regionId);
    if (!known) return null;
    await known.refresh();
    return regions.get(regionId) ?? null;
  }

  onFolder(reader.pathOf({}), 'come');
  return {
    index,
    async regions() {
      await root();
      await Promise.all([...regions.values()].map((one) => one.refresh()));
      return [...regions.values()];
    },
    region,
    async instance(key) {
      return (await region(key.regionId))?.instances.get(key.instanceId) ?? null;
    },
    seen: ({ regionId, instanceId }) => regions.get(regionId)?.instances.get(instanceId),
    known: () => [...regions.values()].flatMap(({ instances }) => [...instances.values()]),
  };
}

interface Region extends KnownRegion {
  forget(): void;
}

interface ListingOptions {
  readonly look: () => Promise<Look | null>;
  readonly list: () => Promise<readonly string[]>;
  readonly now: () => number;
  readonly onIds: (ids: ReadonlySet<string>) => void;
}

/** Reads the names in a folder where they have changed; a folder that is gone has none. */
function createListing({ look, list, now, onIds }: ListingOptions): () => Promise<void> {
  let note: Note | null = null;
  return oneAtATime(async () => {
    const at = now();
    const folder = await look();
    if (isUpToDate(note, folder, at)) return;
    onIds(new Set(folder === null ? [] : await list()));
    note = noteOf(folder, at, true);
  });
}
