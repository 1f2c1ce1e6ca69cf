import type { InstanceKey } from '../../domain/ids.js';
import type { Logger } from '../../telemetry/logger.js';
import { ApiError } from '../api/api-error.js';
import {
  createFolderInstance,
  type FolderInstance,
  type InstanceOptions,
} from './folder-instance.js';
import { isUpToDate, noteOf, type Look, type Note } from './look.js';

export interface FolderTreeOptions extends InstanceOptions {
  readonly logger: Logger;
}

/** Milliseconds for which an empty folder that held regions counts as unreadable. */
export const EMPTY_AFTER_MS = 300_000;

/** The regions and instances of the folder as they are now. All but `known` and `size` @throws ApiError 503 */
export interface FolderTree {
  /** By id. */
  regions(): readonly FolderRegion[];
  /** Null if there is no such folder. */
  region(regionId: string): FolderRegion | null;
  instance(key: InstanceKey): FolderInstance | null;
  /** An instance as it was seen last, without a look at its folder. */
  known(key: InstanceKey): FolderInstance | undefined;
  /** The folder was exchanged for another: nothing known of it counts, once that has regions. */
  exchanged(): void;
  /** Known backups. */
  size(): number;
}

export interface FolderRegion {
  readonly regionId: string;
  /** By id. */
  instances(): readonly FolderInstance[];
  instance(instanceId: string): FolderInstance | undefined;
  known(instanceId: string): FolderInstance | undefined;
  allKnown(): readonly FolderInstance[];
}

export function createFolderTree(options: FolderTreeOptions): FolderTree {
  const { reader, now, logger } = options;
  let emptySince: number | null = null;
  let isExchanged = false;

  const regions = createListing({
    look: () => reader.lookAtFolder({}) ?? unavailable(),
    list: () => reader.idsIn({}),
    create: createRegion,
    now,
    accept: (count, known) => {
      if (count > 0 || known === 0) emptySince = null;
      else acceptEmpty();
      const startsOver = isExchanged;
      isExchanged = false;
      return startsOver;
    },
  });

  /** A mount that is away leaves an empty folder. @throws ApiError 503 UNAVAILABLE */
  function acceptEmpty(): void {
    if (emptySince === null) {
      logger.warn(
        { forS: EMPTY_AFTER_MS / 1000 },
        'the folder of the backups is suddenly empty; is it mounted? requests fail until it is filled or this has lasted',
      );
      emptySince = now();
    }
    if (now() - emptySince < EMPTY_AFTER_MS) unavailable();
    emptySince = null;
  }

  function createRegion(regionId: string): FolderRegion {
    const instances = createListing({
      look: () => reader.lookAtFolder({ regionId }),
      list: () => reader.idsIn({ regionId }),
      create: (instanceId) => createFolderInstance({ regionId, instanceId }, options),
      now,
    });
    return {
      regionId,
      instances: () => instances.all(),
      instance: (instanceId) => instances.get(instanceId),
      known: (instanceId) => instances.known(instanceId),
      allKnown: () => instances.allKnown(),
    };
  }

  return {
    regions: () => regions.all(),
    region: (regionId) => regions.get(regionId) ?? null,
    instance: ({ regionId, instanceId }) => regions.get(regionId)?.instance(instanceId) ?? null,
    known: ({ regionId, instanceId }) => regions.known(regionId)?.known(instanceId),
    exchanged: () => {
      isExchanged = true;
    },
    size: () =>
      regions
        .allKnown()
        .flatMap((region) => region.allKnown())
        .reduce((sum, instance) => sum + instance.backups().length, 0),
  };
}

function unavailable(): never {
  throw new ApiError(503, 'UNAVAILABLE', 'The folder of the backups cannot be read.');
}

interface ListingOptions<Item> {
  readonly look: () => Look | null;
  readonly list: () => readonly string[];
  readonly create: (id: string) => Item;
  readonly now: () => number;
  /**
   * Called with the number of folders and of those known before.
   * @returns whether to forget what is known of them
   * @throws ApiError to keep it
   */
  readonly accept?: (count: number, known: number) => boolean;
}

/** The folders in a folder; their names are read again when they have changed. */
function createListing<Item>({ look, list, create, now, accept }: ListingOptions<Item>) {
  let items = new Map<string, Item>();
  let all: readonly Item[] = [];
  let note: Note | null = null;

  function refresh(): void {
    const seen = look();
    if (isUpToDate(note, seen)) {
      accept?.(items.size, items.size);
      return;
    }
    const at = now();
    const ids = seen === null ? [] : list();
    const startsOver = accept?.(ids.length, items.size) ?? false;
    note = noteOf(seen, at);
    if (!startsOver && ids.length === items.size && ids.every((id) => items.has(id))) return;
    const known = startsOver ? new Map<string, Item>() : items;
    items = new Map(ids.map((id) => [id, known.get(id) ?? create(id)]));
    all = [...items.values()];
  }

  return {
    all: () => {
      refresh();
      return all;
    },
    get: (id: string) => {
      refresh();
      return items.get(id);
    },
    known: (id: string) => items.get(id),
    allKnown: () => all,
  };
}
