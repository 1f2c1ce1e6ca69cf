import type { BackupKey, InstanceKey } from '../../domain/ids.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { NewBackup } from './arguments.js';

/** A store as its owner works with it: by its files or objects, beside any server that runs. */
export interface OwnStore {
  /** What stands in the way of a new backup, in the words of its command line. */
  findFaults(backup: NewBackup): Promise<string[]>;
  /**
   * Puts a backup into the store. It is listed once it is complete, and not before.
   * @throws FaultsError, the reason of `signal`
   */
  place(backup: NewBackup, options: PlaceOptions): Promise<PlacedBackup>;
  /** The instances that have backups, deleted ones too, sorted. */
  instances(): Promise<readonly InstanceKey[]>;
  readonly catalogue: Pick<Catalogue, 'backups' | 'backup'>;
  /** Whether there is a backup that is not listed: being added or removed, or not readable. */
  isUnfinished(key: BackupKey): Promise<boolean>;
  /** Removes a backup. It leaves the listings at once and as a whole. */
  remove(key: BackupKey): Promise<void>;
  /** Where a backup is, for people. */
  placeOf(key: BackupKey): string;
  close(): Promise<void>;
}

export interface PlaceOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: Progress) => void;
  /** Told of what the person should know, beside the result. */
  readonly warn: (text: string) => void;
}

/** How far it is, in bytes of all files. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Those of `done` that an earlier run had put there. */
  readonly kept: number;
}

export interface PlacedBackup {
  /** That of an earlier run, where this one went on with it. */
  readonly key: BackupKey;
  readonly files: readonly PlacedFile[];
}

export interface PlacedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** In hexadecimal; null where the file was not read. */
  readonly sha256: string | null;
}
