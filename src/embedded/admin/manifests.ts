import { ENGINES } from '../../domain/engines.js';
import type { Checksums } from '../catalogue/checksums.js';
import type { NewBackup } from './arguments.js';

/** The content of instance.json for a new instance. */
export function instanceJson({ engine }: NewBackup): object {
  return { engine: ENGINES[engine].upstreamName };
}

export interface BackupJsonOptions {
  /** For a deleted instance, which has no instance.json to name the engine. */
  readonly withEngine: boolean;
  readonly checksums: Checksums;
}

/** The content of backup.json for a new backup. */
export function backupJson(
  { engine, name, type, objects }: NewBackup,
  { withEngine, checksums }: BackupJsonOptions,
): object {
  return {
    ...(withEngine && { engine: ENGINES[engine].upstreamName }),
    backupName: name,
    backupMode: 'manual',
    backupType: type,
    ...(objects.length > 0 && { objects }),
    ...(Object.keys(checksums).length > 0 && { checksums }),
  };
}
