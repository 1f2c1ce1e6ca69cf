import type { Engine } from './engines.js';
import type { BackupKey, InstanceKey } from './ids.js';

export type BackupStatus =
  'COMPLETED' | 'ERROR' | 'BUILDING' | 'DELETING' | 'DELETE_ERROR' | 'RETAINED';
export type BackupMode = 'AUTO' | 'MANUAL';
export type BackupType = 'FULL' | 'INCREMENTAL';
export type BackupUnit = 'INSTANCE' | 'DATABASE';

/** One backup as the upstream lists it. What it does not tell, or tells in an unknown word, is null. */
export interface Backup extends BackupKey {
  readonly id: string;
  readonly name: string | null;
  readonly engine: Engine | null;
  readonly status: BackupStatus | null;
  readonly mode: BackupMode | null;
  /** SQL Server only. */
  readonly type: BackupType | null;
  /** SQL Server only. */
  readonly unit: BackupUnit | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly sizeBytes: number | null;
  /** File names, exactly as the upstream writes them. SQL Server only. */
  readonly files: readonly string[];
}

/** One database instance as the upstream describes it. */
export interface DatabaseInstance extends InstanceKey {
  readonly id: string;
  readonly name: string | null;
  readonly engine: Engine | null;
  readonly engineVersion: string | null;
  readonly status: string | null;
  readonly createdAt: Date | null;
}

/**
 * The engine of a backup whose instance is gone, from what only one engine's backups have: only SQL
 * Server tells files, a type and a unit. Null where nothing gives it away.
 */
export function engineFromTraits(backup: Pick<Backup, 'files' | 'type' | 'unit'>): Engine | null {
  const isSqlServer = backup.files.length > 0 || backup.type !== null || backup.unit !== null;
  return isSqlServer ? 'SQL_SERVER' : null;
}
