import type { Engine } from './engines.js';
import type { BackupKey, InstanceKey } from './ids.js';

export type BackupStatus =
  'COMPLETED' | 'ERROR' | 'BUILDING' | 'DELETING' | 'DELETE_ERROR' | 'RETAINED';
export type BackupMode = 'AUTO' | 'MANUAL';
export type BackupType = 'FULL' | 'INCREMENTAL';
export type BackupUnit = 'INSTANCE' | 'DATABASE';

/** One file of a backup. */
export interface BackupFile {
  /** Exactly as the upstream writes it. */
  readonly name: string;
  /** Null where the upstream does not tell. */
  readonly sizeBytes: number | null;
}

/** One backup as the upstream lists it. What it does not tell, or tells in an unknown word, is null. */
export interface Backup extends BackupKey {
  readonly id: string;
  readonly name: string | null;
  readonly engine: Engine | null;
  readonly status: BackupStatus | null;
  readonly mode: BackupMode | null;
  /** Of engines that tell one. */
  readonly type: BackupType | null;
  /** Of engines that tell one. */
  readonly unit: BackupUnit | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly sizeBytes: number | null;
  /** Of engines whose files are downloaded one by one. */
  readonly files: readonly BackupFile[];
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
