import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.js';
import { downloadUrl } from './resolve-link.js';
import { FileDownloadArguments } from '../types/arguments.js';
import { type BackupFileSource, BackupFileType } from '../types/backup-file.js';
import { type DownloadUrlSource, SqlServerBackupDownloadUrlType } from '../types/download-link.js';

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
