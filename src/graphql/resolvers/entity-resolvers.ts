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

/** What a router sends: names of one of the keys, their values not checked by anyone. */
type Representation<Key> = { readonly [Name in keyof Key | 'id']?: unknown };

/**
 * Reference resolvers of the entities: either key, null for what does not exist.
 * They are async functions so that an invalid key is an error of its own entity.
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

/** What is no string is no id: the empty string is refused by the checks. */
function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
