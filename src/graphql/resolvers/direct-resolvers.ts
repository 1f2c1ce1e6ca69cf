import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../context.js';
import { BackupFileResolver } from './backup-file-resolver.js';
import { BackupResolver } from './backup-resolver.js';
import type { DownloadArguments, FileDownloadArguments } from '../types/arguments.js';
import type { BackupFileSource } from '../types/backup-file.js';
import type { Backup } from '../../domain/backup.js';
import { typeNameOfLink } from '../types/download-link.js';

const backups = new BackupResolver();
const files = new BackupFileResolver();

/**
 * Resolvers that run once per row, called directly. type-graphql calls the same methods but awaits
 * argument validation, which is disabled here, and the type of each union value.
 */
export const directResolvers = {
  Backup: {
    downloadURL: (
      backup: Backup,
      args: DownloadArguments,
      context: Context,
      info: GraphQLResolveInfo,
    ) => backups.downloadUrl(backup, args, context, info),
  },
  BackupFile: {
    downloadURL: (
      file: BackupFileSource,
      args: FileDownloadArguments,
      context: Context,
      info: GraphQLResolveInfo,
    ) => files.downloadUrl(file, args, context, info),
  },
  BackupDownloadURL: { __resolveType: typeNameOfLink },
  DownloadLink: { __resolveType: typeNameOfLink },
};
