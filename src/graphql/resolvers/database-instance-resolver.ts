import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Backup, DatabaseInstance } from '../../domain/backup.js';
import type { Context } from '../context.js';
import { listBackups } from './list-backups.js';
import type { Connection } from '../pagination.js';
import { BackupPageArguments } from '../types/arguments.js';
import { BackupConnectionType } from '../types/connections.js';
import { DatabaseInstanceType } from '../types/database-instance.js';

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
