import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { Backup, DatabaseInstance } from '../../domain/backup.js';
import {
  checkIdPart,
  checkInstanceKey,
  type InstanceKey,
  parseBackupId,
} from '../../domain/ids.js';
import type { Region } from '../../domain/regions.js';
import { NotFoundError } from '../../upstream/failure.js';
import type { Context } from '../context.js';
import { type Connection, emptyConnection, paginate } from '../pagination.js';
import {
  BackupArguments,
  BackupPageArguments,
  BackupsArguments,
  InstanceArguments,
  InstancesArguments,
} from '../types/arguments.js';
import { BackupObjectType } from '../types/backup.js';
import { BackupConnectionType, DatabaseInstanceConnectionType } from '../types/connections.js';
import { BackupRegionType, DatabaseInstanceType } from '../types/database-instance.js';

@Resolver()
export class QueryResolver {
  @Query(() => BackupObjectType, {
    nullable: true,
    description: 'A backup by its ID; null if it does not exist.',
  })
  backup(
    @Args(() => BackupArguments) { id }: BackupArguments,
    @Ctx() { loaders }: Context,
  ): Promise<Backup | null> {
    return loaders.backup.load(parseBackupId(id));
  }

  @Query(() => BackupConnectionType, {
    nullable: true,
    description:
      'The backups of an instance, newest first, including retained backups of a deleted instance; null with an error if they cannot be listed.',
  })
  backups(
    @Args(() => BackupsArguments) args: BackupsArguments,
    @Ctx() context: Context,
  ): Promise<Connection<Backup>> {
    return listBackups(checkInstanceKey(args), args, context);
  }

  @Query(() => DatabaseInstanceType, {
    nullable: true,
    description: 'An instance by its ID; null if it does not exist or was deleted.',
  })
  instance(
    @Args(() => InstanceArguments) args: InstanceArguments,
    @Ctx() { loaders }: Context,
  ): Promise<DatabaseInstance | null> {
    return loaders.instance.load(checkInstanceKey(args));
  }

  @Query(() => DatabaseInstanceConnectionType, {
    nullable: true,
    description: 'The instances of a region; null with an error if they cannot be listed.',
  })
  instances(
    @Args(() => InstancesArguments) { regionId, engine, first, after }: InstancesArguments,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<DatabaseInstance>> {
    const listing = loaders.instances(checkIdPart('regionId', regionId));
    const matches =
      engine == null ? undefined : (instance: DatabaseInstance) => instance.engine === engine;
    return paginate({ listing, matches }, { first, after });
  }

  @Query(() => [BackupRegionType], {
    description:
      'The regions visible to the caller: those with own backups, or those of the cloud.',
  })
  regions(@Ctx() { loaders }: Context): Promise<readonly Region[]> {
    return loaders.regions();
  }
}

@Resolver(() => DatabaseInstanceType)
export class DatabaseInstanceResolver {
  @FieldResolver(() => BackupConnectionType, {
    nullable: true,
    description:
      'The backups of this instance, newest first; null with an error if they cannot be listed.',
  })
  backups(
    @Root() instance: DatabaseInstance,
    @Args(() => BackupPageArguments) args: BackupPageArguments,
    @Ctx() context: Context,
  ): Promise<Connection<Backup>> {
    return listBackups(instance, args, context);
  }
}

/** A page of the backups of an instance, newest first; empty for an unknown instance. */
async function listBackups(
  instance: InstanceKey,
  { first, after, filter }: BackupPageArguments,
  { loaders }: Context,
): Promise<Connection<Backup>> {
  try {
    return await paginate(await loaders.backups(instance, filter), { first, after });
  } catch (error) {
    if (error instanceof NotFoundError) return emptyConnection();
    throw error;
  }
}
