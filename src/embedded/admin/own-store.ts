import type { BackupKey, InstanceKey } from '../../domain/ids.js';
import type { CataloguedBackup } from '../catalogue/catalogued-backup.js';
import type { InstanceManifest, Manifest } from '../catalogue/manifest.js';
import type { NewBackup } from './arguments.js';

/**
 * A store as its owner uses it: directly by its files or objects, beside any running server. Each
 * throws AdminError, or an error that `toAdminError` puts into words.
 */
export interface OwnStore {
  /** What instance.json says; null if the store has nothing of the instance. */
  instance(key: InstanceKey): Promise<Manifest<InstanceManifest> | null>;
  /** Whether an instance of the region has a backup of this id. */
  hasBackup(regionId: string, backupId: string): Promise<boolean>;
  /** Returns what of a backup this kind of store cannot take, in terms of the command line. */
  findFaults(backup: NewBackup): Promise<string[]>;
  /**
   * Adds a backup to the store. It is listed only once it is complete.
   * @throws the reason of `signal`, too
   */
  place(backup: NewBackup, options: PlaceOptions): Promise<PlacedBackup>;
  /** The backups of each instance, newest first, deleted instances included; by region and instance. */
  list(filter: OwnFilter): Iterable<readonly OwnBackup[]> | AsyncIterable<readonly OwnBackup[]>;
  /** Null if the store has nothing of this id. */
  find(key: BackupKey): Promise<OwnBackup | null>;
  /**
   * Removes a backup. It disappears from listings immediately and as a whole.
   * @param warn called with messages for the person beside the result
   */
  remove(key: BackupKey, warn: (text: string) => void): Promise<void>;
  /** The location of a backup, for display. */
  placeOf(key: BackupKey): string;
  close(): void;
}

/** Limits the listing; absent members match everything. */
export interface OwnFilter {
  readonly regionId?: string | undefined;
  readonly instanceId?: string | undefined;
}

/** What the store has of a backup id. */
export type OwnBackup =
  | { readonly kind: 'listed'; readonly key: BackupKey; readonly backup: CataloguedBackup }
  /** Being added or removed, or left over from that. */
  | { readonly kind: 'unfinished'; readonly key: BackupKey }
  /** Its backup.json is not valid, so that no list has it. */
  | { readonly kind: 'unreadable'; readonly key: BackupKey };

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
