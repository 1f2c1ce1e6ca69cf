import { addBackup, type AddedBackup } from '../../src/embedded/admin/add-backup.js';
import {
  createOwnFolder,
  type OwnFolderOptions,
} from '../../src/embedded/admin/folder/own-folder.js';
import type { OwnStore, Progress } from '../../src/embedded/admin/own-store.js';
import { createLogger } from '../../src/telemetry/logger.js';

/** A folder as a store of own backups. */
export function folderStore(dir: string, options: Partial<OwnFolderOptions> = {}): OwnStore {
  return createOwnFolder({ dir, timeZone: '+08:00', logger: createLogger('silent'), ...options });
}

export interface AddOptions extends Pick<OwnFolderOptions, 'calls'> {
  readonly dir: string;
  readonly cwd: string;
  readonly warn?: (text: string) => void;
  readonly onProgress?: (progress: Progress) => void;
}

/** Adds a backup to a folder. */
export function addToFolder(
  args: readonly string[],
  { dir, calls, ...options }: AddOptions,
): Promise<AddedBackup> {
  return addBackup(args, { store: folderStore(dir, calls ? { calls } : {}), ...options });
}
