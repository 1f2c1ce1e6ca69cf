import type { BackupType, Engine } from './engines.js';
import type { BackupKey, InstanceKey } from './ids.js';

export type BackupStatus =
  'COMPLETED' | 'ERROR' | 'BUILDING' | 'DELETING' | 'DELETE_ERROR' | 'RETAINED';
export type BackupMode = 'AUTO' | 'MANUAL';
export type BackupUnit = 'INSTANCE' | 'DATABASE';

/** A file of a backup. */
export interface BackupFile {
  /** Exactly as reported by the upstream. */
  readonly name: string;
  /** Null if the upstream does not report it. */
  readonly sizeBytes: number | null;
  /** False if the store lacks the file. */
  readonly available: boolean;
}

/** A backup as listed by the upstream. Missing or unknown values are null. */
export interface Backup extends BackupKey {
  readonly id: string;
  readonly name: string | null;
  readonly engine: Engine | null;
  readonly status: BackupStatus | null;
  readonly mode: BackupMode | null;
  /** For engines that report it. */
  readonly type: BackupType | null;
  /** For engines that report it. */
  readonly unit: BackupUnit | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly sizeBytes: number | null;
  /** For engines with separately downloaded files. */
  readonly files: readonly BackupFile[];
  /** How many files the store lacks, of any engine; 0 for a whole backup. */
  readonly unavailableFileCount: number;
}

/** A database instance as described by the upstream. */
export interface DatabaseInstance extends InstanceKey {
  readonly id: string;
  readonly name: string | null;
  readonly engine: Engine | null;
  readonly engineVersion: string | null;
  readonly status: string | null;
  readonly createdAt: Date | null;
}
