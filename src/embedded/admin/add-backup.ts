import { stat } from 'node:fs/promises';
import type { Engine } from '../../domain/engines.js';
import type { BackupKey } from '../../domain/ids.js';
import { takenFault, usageFault } from './admin-error.js';
import { parseArguments, type NewBackup } from './arguments.js';
import { instanceFaults } from './manifests.js';
import type { OwnStore, PlacedFile, Progress } from './own-store.js';

export interface AddBackupOptions {
  readonly store: OwnStore;
  /** Base folder of relative paths. */
  readonly cwd: string;
  /** Stops the command. */
  readonly signal?: AbortSignal;
  readonly warn?: (text: string) => void;
  readonly onProgress?: (progress: Progress) => void;
}

/** A backup that was added to the store. */
export interface AddedBackup {
  readonly key: BackupKey;
  readonly engine: Engine;
  readonly files: readonly PlacedFile[];
  /** Its location, for display. */
  readonly place: string;
}

/**
 * Adds files as a backup to the store of the embedded upstream. A running server sees the backup
 * only once it is complete.
 * @throws AdminError with all faults of the command; the reason of `signal`
 */
export async function addBackup(
  args: readonly string[],
  { store, cwd, signal, warn = ignore, onProgress = ignore }: AddBackupOptions,
): Promise<AddedBackup> {
  const backup = parseArguments(args, cwd);
  const faults = await Promise.all([
    findFileFaults(backup),
    findIdFaults(backup, store),
    store.instance(backup.key).then((manifest) => instanceFaults(backup, manifest)),
    store.findFaults(backup),
  ]);
  if (faults.flat().length > 0) throw usageFault(...faults.flat());
  const { key, files } = await store.place(backup, { signal, warn, onProgress });
  return { key, engine: backup.engine, files, place: store.placeOf(key) };
}

async function findIdFaults(
  { key: { regionId, backupId }, isIdGiven }: NewBackup,
  store: OwnStore,
): Promise<string[]> {
  const isTaken = isIdGiven && (await store.hasBackup(regionId, backupId));
  return isTaken ? [takenFault(backupId)] : [];
}

async function findFileFaults({ files, allowEmpty }: NewBackup): Promise<string[]> {
  const faults = await Promise.all(
    files.map(async (path) => {
      const stats = await stat(path).catch(() => undefined);
      if (stats === undefined) return `--file: ${path} does not exist or cannot be read`;
      if (!stats.isFile()) return `--file: ${path} is not a regular file`;
      return stats.size === 0 && !allowEmpty
        ? `--file: ${path} is empty; add --allow-empty if that is intended`
        : undefined;
    }),
  );
  return faults.filter((fault) => fault !== undefined);
}

const ignore = (): void => undefined;
