import type { BackupKey, InstanceKey } from '../../domain/ids.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { NewBackup } from './arguments.js';

/** A store as its owner uses it: directly by its files or objects, beside any running server. */
export interface OwnStore {
  /** Returns what prevents adding a backup, in terms of the command line. */
  findFaults(backup: NewBackup): Promise<string[]>;
  /**
   * Adds a backup to the store. It is listed only once it is complete.
   * @throws FaultsError, the reason of `signal`
   */
  place(backup: NewBackup, options: PlaceOptions): Promise<PlacedBackup>;
  /** The instances with backups, including deleted ones, sorted. */
  instances(): Promise<readonly InstanceKey[]>;
  readonly catalogue: Pick<Catalogue, 'backups' | 'backup'>;
  /** Whether a backup exists but is not listed: being added or removed, or unreadable. */
  isUnfinished(key: BackupKey): Promise<boolean>;
  /** Removes a backup. It disappears from listings immediately and as a whole. */
  remove(key: BackupKey): Promise<void>;
  /** The location of a backup, for display. */
  placeOf(key: BackupKey): string;
  close(): Promise<void>;
}

export interface PlaceOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: Progress) => void;
  /** Called with messages for the person beside the result. */
  readonly warn: (text: string) => void;
}

/** Progress in bytes of all files. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** The part of `done` that an earlier run had stored. */
  readonly kept: number;
}

export interface PlacedBackup {
  /** The key of an earlier run if this one resumed it. */
  readonly key: BackupKey;
  readonly files: readonly PlacedFile[];
}

export interface PlacedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** In hexadecimal; null if the file was not read. */
  readonly sha256: string | null;
}
