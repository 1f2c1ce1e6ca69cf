import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ENGINES } from '../../../domain/engines.js';
import { hasCode } from '../../../domain/error-code.js';
import type { BackupKey, InstanceKey } from '../../../domain/ids.js';
import type { Logger } from '../../../telemetry/logger.js';
import { newestFirst } from '../../catalogue/newest-first.js';
import { toBackup } from '../../catalogue/catalogued-backup.js';
import { createFolderReader } from '../../folder/folder-reader.js';
import { ApiError } from '../../api/api-error.js';
import { AdminError, toDiskError, usageFault } from '../admin-error.js';
import type { NewBackup } from '../arguments.js';
import type { OwnBackup, OwnStore } from '../own-store.js';
import { draftName, removeStaleDrafts } from './drafts.js';
import type { FactCalls } from './file-facts.js';
import { placeInFolder, type InstanceState } from './place-in-folder.js';

export interface OwnFolderOptions {
  /** EMBEDDED_DIR. */
  readonly dir: string;
  /** UTC offset of derived times, for example `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
  /** In place of those of Node, for tests. */
  readonly calls?: FactCalls;
}

/** Opens the folder of own backups for its owner. */
export function createOwnFolder({ dir, timeZone, logger, calls }: OwnFolderOptions): OwnStore {
  const root = resolve(dir);
  const reader = createFolderReader(() => root, logger);

  function readBackup(key: BackupKey): OwnBackup {
    const seen = reader.lookAtBackup(key);
    const found = reader.backup(key, seen);
    if (found) {
      const backup = toBackup({
        ...found,
        key,
        instance: reader.instance(instanceOf(key)),
        timeZone,
      });
      return { kind: 'listed', key, backup };
    }
    return {
      kind: seen.files === null && seen.manifest === null ? 'unfinished' : 'unreadable',
      key,
    };
  }

  function readInstance(key: InstanceKey): OwnBackup[] {
    return reader
      .idsIn(key)
      .map((backupId) => readBackup({ ...key, backupId }))
      .sort((a, b) =>
        a.kind === 'listed' && b.kind === 'listed'
          ? newestFirst(a.backup, b.backup)
          : Number(a.kind !== 'listed') - Number(b.kind !== 'listed'),
      );
  }

  /** @throws AdminError if instance.json is of another engine, or not valid */
  function findInstance({ key, engine }: NewBackup): InstanceState {
    if (!reader.idsIn({ regionId: key.regionId }).includes(key.instanceId)) return 'new';
    const manifest = reader.instance(instanceOf(key));
    if (manifest.kind === 'missing') return 'deleted';
    if (manifest.kind === 'broken') {
      const path = join(root, key.regionId, key.instanceId, 'instance.json');
      throw usageFault(`${path} is not valid: ${manifest.faults.join(', ')}`);
    }
    const { engine: own } = manifest.content;
    if (own === ENGINES[engine].upstreamName) return 'described';
    throw usageFault(`--engine: the instance ${key.instanceId} has the engine "${own}"`);
  }

  function findIdFaults({ key, isIdGiven }: NewBackup): string[] {
    if (!isIdGiven) return [];
    const region = { regionId: key.regionId };
    const isTaken = reader
      .idsIn(region)
      .some((instanceId) => reader.idsIn({ ...region, instanceId }).includes(key.backupId));
    return isTaken ? [`--backup-id: the region already has a backup ${key.backupId}`] : [];
  }

  async function remove(key: BackupKey, warn: (text: string) => void): Promise<void> {
    // Rename first, so an interrupted removal leaves only a name that listings ignore.
    const folder = reader.pathOf(key);
    const aside = join(folder, '..', draftName('removing'));
    await rename(folder, aside);
    try {
      await rm(aside, { recursive: true, force: true });
    } catch (error) {
      // NFS keeps files that somebody has open under names of its own.
      if (!hasCode(error, 'ENOTEMPTY', 'EBUSY')) throw error;
      warn(`Some files are still open; what is left of them in ${aside} can be removed later.`);
    }
  }

  /** Faults of the disk as sentences; the reader's own errors name the folder. */
  async function onDisk<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw toDiskError(error, root);
      throw usageFault(`EMBEDDED_DIR: the folder cannot be read; check its permissions (${root})`);
    }
  }

  return {
    findFaults: (backup) =>
      onDisk(() => [
        ...faultsOf(() => findInstance(backup)),
        ...findIdFaults(backup),
        ...(backup.objects.length > 0
          ? ['--object: only for a bucket; use --file with a folder']
          : []),
      ]),

    place: (backup, options) =>
      onDisk(async () => {
        await removeStaleDrafts(root, options.warn);
        const state = () => Promise.resolve(findInstance(backup));
        return placeInFolder({ root, backup, findInstance: state, calls }, options);
      }),

    async *list({ regionId, instanceId }) {
      for (const region of await onDisk(() => reader.idsIn({}))) {
        if (regionId !== undefined && region !== regionId) continue;
        for (const instance of await onDisk(() => reader.idsIn({ regionId: region }))) {
          if (instanceId !== undefined && instance !== instanceId) continue;
          yield await onDisk(() => readInstance({ regionId: region, instanceId: instance }));
        }
      }
    },

    find: (key) =>
      onDisk(() => {
        const ids = reader.idsIn(instanceOf(key));
        return ids.includes(key.backupId) ? readBackup(key) : null;
      }),
    remove: (key, warn) => onDisk(() => remove(key, warn)),
    placeOf: (key) => reader.pathOf(key),
    close: () => undefined,
  };
}

function instanceOf({ regionId, instanceId }: InstanceKey): InstanceKey {
  return { regionId, instanceId };
}

function faultsOf(check: () => unknown): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof AdminError) return error.faults;
    throw error;
  }
}
