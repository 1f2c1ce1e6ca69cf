import { Field, ObjectType } from 'type-graphql';
import { databaseNameOf, fileTypeOf } from '../../domain/backup-file.js';
import type { Backup, BackupType } from '../../domain/backup.js';
import { BackupTypeEnum } from './enums.js';

@ObjectType('BackupFile', {
  simpleResolvers: true,
  description: 'One file of a SQL Server backup; each holds one database.',
})
export class BackupFileType {
  @Field(() => String, {
    description: 'The file name, exactly as `fileName` of `Backup.downloadURL` wants it.',
  })
  name!: string;

  @Field(() => String, {
    description: 'The database in the file: the name without its last suffix.',
  })
  databaseName!: string;

  @Field(() => BackupTypeEnum, {
    nullable: true,
    description: 'By the suffix: `.bak` is FULL, `.diff` is INCREMENTAL, null for any other.',
  })
  type!: BackupType | null;
}

/** The source value of a file: it knows its backup, which its link is asked by. */
export interface BackupFileSource extends BackupFileType {
  readonly backup: Backup;
}

export function toBackupFile(backup: Backup, name: string): BackupFileSource {
  return { backup, name, databaseName: databaseNameOf(name), type: fileTypeOf(name) };
}
