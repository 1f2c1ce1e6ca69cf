import { Args, Ctx, Query, Resolver } from 'type-graphql';
import type { Backup, DatabaseInstance } from '../../domain/backup.js';
import { checkIdPart, checkInstanceKey, parseBackupId } from '../../domain/ids.js';
import type { Region } from '../../domain/regions.js';
import type { Context } from '../context.js';
import { listBackups } from './list-backups.js';
import { type Connection, paginate } from '../pagination.js';
import {
  BackupArguments,
  BackupsArguments,
  InstanceArguments,
  InstancesArguments,
} from '../types/arguments.js';
import { BackupObjectType } from '../types/backup.js';
import { BackupConnectionType, DatabaseInstanceConnectionType } from '../types/connections.js';
import { DatabaseInstanceType } from '../types/database-instance.js';
import { BackupRegionType } from '../types/region.js';

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
    const listing = loaders.listings.instances(checkIdPart('regionId', regionId));
    const matches = engine == null ? undefined : isOfEngine(engine);
    return paginate(listing, { first, after, matches });
  }

  @Query(() => [BackupRegionType], {
    description:
      'The regions visible to the caller: those with own backups, or those of the cloud.',
  })
  regions(@Ctx() { loaders }: Context): Promise<readonly Region[]> {
    return loaders.regions();
  }
}

function isOfEngine(engine: DatabaseInstance['engine']): (instance: DatabaseInstance) => boolean {
  return (instance) => instance.engine === engine;
}
