import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Backup, DatabaseInstance } from '../../domain/backup.js';
import { mayDownload } from '../../domain/caller.js';
import type { Engine } from '../../domain/engines.js';
import type { Context } from '../context.js';
import { DownloadArguments, FileDownloadArguments } from '../types/arguments.js';
import { type BackupFileSource, BackupFileType, toBackupFile } from '../types/backup-file.js';
import { BackupObjectType } from '../types/backup.js';
import { DatabaseInstanceType } from '../types/database-instance.js';
import {
  BackupDownloadUrlUnion,
  type DownloadUrlSource,
  SqlServerBackupDownloadUrlType,
  typeNameOfLink,
} from '../types/download-link.js';
import { DatabaseEngineEnum } from '../types/enums.js';
import { downloadUrl } from './resolve-link.js';

/** About as many as the query cost assumes; no second check needed. */
const FEW_FILES = 10;

@Resolver(() => BackupObjectType)
export class BackupResolver {
  @FieldResolver(() => DatabaseEngineEnum, {
    nullable: true,
    description:
      'The database engine; null if it cannot be determined or this schema does not list it.',
  })
  engine(@Root() backup: Backup, @Ctx() { loaders }: Context): Promise<Engine | null> {
    return loaders.engineOf(backup);
  }

  @FieldResolver(() => [BackupFileType], {
    description: 'The files of a SQL Server backup; empty for other engines.',
  })
  files(
    @Root() backup: Backup,
    @Ctx() { answer }: Context,
    @Info() info: GraphQLResolveInfo,
  ): BackupFileSource[] {
    if (backup.files.length > FEW_FILES) answer.take(backup.files.length, info);
    return backup.files.map((file) => toBackupFile(backup, file));
  }

  @FieldResolver(() => DatabaseInstanceType, {
    nullable: true,
    description: 'The instance this backup was taken from; null if it was deleted.',
  })
  instance(@Root() backup: Backup, @Ctx() { loaders }: Context): Promise<DatabaseInstance | null> {
    return loaders.instance.load(backup);
  }

  @FieldResolver(() => Boolean, {
    description:
      'Whether the caller has the permission to get links of this backup. Costs no upstream call.',
  })
  viewerCanDownload(@Root() backup: Backup, @Ctx() { caller }: Context): boolean {
    return mayDownload(caller, backup);
  }

  @FieldResolver(() => BackupDownloadUrlUnion, {
    name: 'downloadURL',
    nullable: true,
    description:
      'A time-limited download link: for one file (SQL Server) or the complete backup (MySQL, MariaDB, Percona). Each selection issues a link, so select this field only when you need one. Invalid arguments fail this field alone.',
  })
  downloadUrl(
    @Root() backup: Backup,
    @Args(() => DownloadArguments) args: DownloadArguments,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): DownloadUrlSource | Promise<DownloadUrlSource> {
    return downloadUrl(backup, args, context, info);
  }
}

@Resolver(() => BackupFileType)
export class BackupFileResolver {
  @FieldResolver(() => SqlServerBackupDownloadUrlType, {
    name: 'downloadURL',
    nullable: true,
    description: 'A time-limited download link for this file. Each selection issues a link.',
  })
  downloadUrl(
    @Root() { backup, name }: BackupFileSource,
    @Args(() => FileDownloadArguments) { expiresIn }: FileDownloadArguments,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): DownloadUrlSource | Promise<DownloadUrlSource> {
    return downloadUrl(backup, { fileName: name, expiresIn }, context, info);
  }
}

type Resolve<Source, Arguments> = (
  source: Source,
  args: Arguments,
  context: Context,
  info: GraphQLResolveInfo,
) => DownloadUrlSource | Promise<DownloadUrlSource>;

const ofBackup: Resolve<Backup, DownloadArguments> = (...given) =>
  BackupResolver.prototype.downloadUrl(...given);
const ofFile: Resolve<BackupFileSource, FileDownloadArguments> = (...given) =>
  BackupFileResolver.prototype.downloadUrl(...given);

/**
 * Resolvers that run once per row, called directly. type-graphql calls the same methods but awaits
 * argument validation, which is disabled here, and the type of each union value.
 */
export const directResolvers = {
  Backup: { downloadURL: ofBackup },
  BackupFile: { downloadURL: ofFile },
  BackupDownloadURL: { __resolveType: typeNameOfLink },
  DownloadLink: { __resolveType: typeNameOfLink },
};
