import type { Backup, DatabaseInstance } from '../../domain/backup.js';
import { PublicError } from '../../domain/errors.js';
import {
  checkBackupKey,
  checkInstanceKey,
  type InstanceKey,
  parseBackupId,
  parseInstanceId,
} from '../../domain/ids.js';
import type { Context } from '../context.js';
import { requireRead } from './authorize.js';

type Entity = Backup | DatabaseInstance;

/** As a router sends it: one of the keys of its type, with unchecked values. */
type Representation = Readonly<Record<string, unknown>>;

/**
 * Resolves entities by either key, in order: null if missing, an error at its own position if invalid
 * or unreadable. The library's resolver would mark rows with their type, which requests share, and
 * fail the whole field for one invalid representation.
 */
export const entityResolvers = {
  Query: {
    _entities: (
      _root: unknown,
      { representations }: { readonly representations: readonly unknown[] },
      context: Context,
    ): Promise<(Entity | Error | null)[]> =>
      Promise.all(
        representations.map((one) =>
          loadEntity(one, context).catch((error: unknown) => error as Error),
        ),
      ),
  },
  _Entity: {
    __resolveType: (entity: Entity): string =>
      'backupId' in entity ? 'Backup' : 'DatabaseInstance',
  },
};

/** @throws PublicError */
async function loadEntity(given: unknown, { caller, loaders }: Context): Promise<Entity | null> {
  const reference = typeof given === 'object' && given !== null ? (given as Representation) : {};
  switch (reference['__typename']) {
    case 'Backup':
      requireRead(caller);
      return loaders.backup.load(
        reference['id'] === undefined
          ? checkBackupKey({ ...instanceKeyOf(reference), backupId: text(reference['backupId']) })
          : parseBackupId(text(reference['id'])),
      );
    case 'DatabaseInstance':
      requireRead(caller);
      return loaders.instance.load(
        reference['id'] === undefined
          ? checkInstanceKey(instanceKeyOf(reference))
          : parseInstanceId(text(reference['id'])),
      );
    default:
      throw new PublicError(
        'BAD_USER_INPUT',
        'Invalid representation; expected an object with __typename Backup or DatabaseInstance.',
      );
  }
}

function instanceKeyOf({ regionId, instanceId }: Representation): InstanceKey {
  return { regionId: text(regionId), instanceId: text(instanceId) };
}

/** A non-string becomes the empty string, which validation rejects. */
function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
