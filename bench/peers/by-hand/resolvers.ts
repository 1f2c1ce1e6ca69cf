import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import type { Loaders } from './loaders.js';
import {
  Backup,
  BackupConnection,
  BackupDownloadURL,
  MySqlBackupDownloadURL,
  SqlServerBackupDownloadURL,
} from './types.js';

@Resolver(() => Backup)
export class BackupResolver {
  @Query(() => Backup, { nullable: true })
  backup(@Arg('id', () => ID) id: string, @Ctx() loaders: Loaders) {
    return findBackup(id, loaders);
  }

  @Query(() => BackupConnection)
  async backups(
    @Arg('regionId', () => ID) regionId: string,
    @Arg('instanceId', () => ID) instanceId: string,
    @Arg('first', () => Int, { defaultValue: 20 }) first: number,
    @Ctx() loaders: Loaders,
  ) {
    const { backups, totalCount } = await loaders.pages.load(`${regionId}/${instanceId}`);
    return { nodes: backups.slice(0, first), totalCount };
  }

  @FieldResolver(() => BackupDownloadURL, { nullable: true })
  async downloadURL(
    @Root() backup: Backup,
    @Arg('fileName', () => String, { nullable: true }) fileName: string | null,
    @Ctx() loaders: Loaders,
  ) {
    const isSqlServer = backup.engine === 'SQL Server';
    if (isSqlServer && !backup.files.includes(fileName ?? '')) throw new Error('no such file');
    const key = JSON.stringify([backup.regionId, backup.backupId, fileName ?? null]);
    const { publicURL, internalURL } = await loaders.links.load(key);
    const expires = new URL(publicURL).searchParams.get('Expires');
    const link = {
      publicURL: publicURL || null,
      internalURL: internalURL || null,
      expiresAt: new Date(Number(expires) * 1000),
    };
    if (!isSqlServer || fileName === null) return Object.assign(new MySqlBackupDownloadURL(), link);
    const databaseName = fileName.replace(/\.[^.]*$/, '');
    return Object.assign(new SqlServerBackupDownloadURL(), { ...link, fileName, databaseName });
  }
}

export async function findBackup(id: string, loaders: Loaders) {
  const { backups } = await loaders.pages.load(id.split('/').slice(0, 2).join('/'));
  return backups.find((backup) => backup.id === id) ?? null;
}
