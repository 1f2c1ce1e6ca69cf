import type { Backup, DatabaseInstance } from '../../domain/backup.js';
import {
  type BackupKey,
  checkBackupKey,
  checkInstanceKey,
  type InstanceKey,
  parseBackupId,
  parseInstanceId,
} from '../../domain/ids.js';
import type { Context } from '../context.js';

/** A representation as sent by a router: one of the keys, with unchecked values. */
type Representation<Key> = { readonly [Name in keyof Key | 'id']?: unknown };

/**
 * Reference resolvers of the entities: by either key, null if missing. Async, so that an invalid
 * key is an error of its own entity.
 */
export const entityResolvers = {
  Backup: {
    async __resolveReference(
      reference: Representation<BackupKey>,
      { loaders }: Context,
    ): Promise<Backup | null> {
      return await loaders.backup.load(toBackupKey(reference));
    },
  },
  DatabaseInstance: {
    async __resolveReference(
      reference: Representation<InstanceKey>,
      { loaders }: Context,
    ): Promise<DatabaseInstance | null> {
      return await loaders.instance.load(toInstanceKey(reference));
    },
  },
};

function toBackupKey(reference: Representation<BackupKey>): BackupKey {
  const { id, regionId, instanceId, backupId } = reference;
  if (id !== undefined) return parseBackupId(text(id));
  return checkBackupKey({
    regionId: text(regionId),
    instanceId: text(instanceId),
    backupId: text(backupId),
  });
}

function toInstanceKey(reference: Representation<InstanceKey>): InstanceKey {
  const { id, regionId, instanceId } = reference;
  if (id !== undefined) return parseInstanceId(text(id));
  return checkInstanceKey({ regionId: text(regionId), instanceId: text(instanceId) });
}

/** A non-string becomes the empty string, which validation rejects. */
function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
