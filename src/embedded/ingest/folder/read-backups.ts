import { join } from 'node:path';
import { isIdPart, type BackupKey, type InstanceKey } from '../../../domain/ids.js';
import { toBackup, type CataloguedBackup } from '../../catalogue/catalogued-backup.js';
import { foldersIn, listFiles } from '../../folder/list-files.js';
import {
  backupManifest,
  instanceManifest,
  readManifest,
  type InstanceManifest,
  type Manifest,
} from '../../catalogue/manifest.js';

export interface ReadOptions {
  /** The folder of the instance. */
  readonly folder: string;
  readonly key: InstanceKey;
  /** UTC offset of derived times, for example `+08:00`. */
  readonly timeZone: string;
}

/**
 * Reads the current backups of an instance. A command need not watch the folder.
 * @param wanted id of the only backup to read; all if absent
 */
export async function readBackups(
  { folder, key, timeZone }: ReadOptions,
  wanted?: string,
): Promise<CataloguedBackup[]> {
  const instance = readManifest(join(folder, 'instance.json'), instanceManifest);
  const backups: CataloguedBackup[] = [];
  for (const backupId of (await foldersIn(folder)).filter(isIdPart)) {
    if (wanted !== undefined && wanted !== backupId) continue;
    const backup = await readBackup(
      join(folder, backupId),
      { ...key, backupId },
      instance,
      timeZone,
    );
    if (backup) backups.push(backup);
  }
  return backups;
}

async function readBackup(
  folder: string,
  key: BackupKey,
  instance: Manifest<InstanceManifest>,
  timeZone: string,
): Promise<CataloguedBackup | null> {
  const manifest = readManifest(join(folder, 'backup.json'), backupManifest);
  const hasFiles = (await foldersIn(folder)).includes('files');
  if (manifest.kind === 'broken' || (manifest.kind === 'missing' && !hasFiles)) return null;
  const content = manifest.kind === 'read' ? manifest.content : {};
  const found = hasFiles ? listFiles(join(folder, 'files')) : { files: [] };
  return toBackup({ key, manifest: content, instance, ...found, timeZone });
}
