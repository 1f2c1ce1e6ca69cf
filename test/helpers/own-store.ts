import { addBackup, type AddedBackup } from '../../src/embedded/ingest/add-backup.js';
import { createFolderOwnStore } from '../../src/embedded/ingest/folder/folder-own-store.js';
import type { OwnStore, Progress } from '../../src/embedded/ingest/own-store.js';

/** A folder as a store of own backups. */
export function folderStore(dir: string): OwnStore {
  return createFolderOwnStore({ dir, timeZone: '+08:00' });
}

export interface AddOptions {
  readonly dir: string;
  readonly cwd: string;
  readonly warn?: (text: string) => void;
  readonly onProgress?: (progress: Progress) => void;
}

/** Adds a backup to a folder. */
export function addToFolder(
  args: readonly string[],
  { dir, ...options }: AddOptions,
): Promise<AddedBackup> {
  return addBackup(args, { store: folderStore(dir), ...options });
}
