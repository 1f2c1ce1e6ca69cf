import type { BackupKey, InstanceKey } from '../../domain/ids.js';
import type { CataloguedBackup } from './catalogued-backup.js';
import type { InstanceManifest } from './manifest.js';

/** An instance that is not deleted. */
export interface CataloguedInstance extends InstanceKey {
  readonly manifest: InstanceManifest;
}

/**
 * What the store of the embedded upstream holds. Lists may be as old as the store states; one backup by its
 * id is looked up in the store itself. A part of the store that cannot be read is an ApiError 503
 * UNAVAILABLE: it must not look as if there were nothing in it.
 *
 * Arrays belong to the catalogue: they are read, never changed, and are the same ones until something changes.
 */
export interface Catalogue {
  /** The ids of the regions that hold an instance or a backup, sorted. */
  regions(): Promise<readonly string[]>;
  /** The instances of a region that are not deleted, by id. */
  instances(regionId: string): Promise<readonly CataloguedInstance[]>;
  /** Null where the instance is deleted or was never there. */
  instance(key: InstanceKey): Promise<CataloguedInstance | null>;
  /**
   * Every readable backup of an instance, deleted or not, newest first; null where the store has no such
   * instance.
   */
  backups(key: InstanceKey): Promise<readonly CataloguedBackup[] | null>;
  /** One backup as it is in the store now; null if it does not exist. */
  backup(key: BackupKey): Promise<CataloguedBackup | null>;
  /**
   * Checks backups that are about to be returned, if the store can do so at little cost.
   * @returns whether any has changed since the list it was taken from
   */
  recheck(backups: readonly CataloguedBackup[]): Promise<boolean>;
  /**
   * The backups of this id in a region as they are now: one, unless instances have backups of the same name.
   * @param instanceId spares the store a look at other instances; it may return their backups all the same
   */
  findBackups(
    regionId: string,
    backupId: string,
    instanceId?: string,
  ): Promise<readonly CataloguedBackup[]>;
}
