import { Field, ObjectType } from 'type-graphql';
import { databaseNameOf, fileTypeOf } from '../../domain/backup-file.js';
import type { Backup, BackupFile } from '../../domain/backup.js';
import type { BackupType } from '../../domain/engines.js';
import { SafeIntScalar } from '../scalars.js';
import { BackupTypeEnum } from './enums.js';

@ObjectType('BackupFile', {
  simpleResolvers: true,
  description: 'A file of a SQL Server backup. Each file contains one database.',
})
export class BackupFileType {
  @Field(() => String, {
    description: 'The file name, as expected by the `fileName` argument of `Backup.downloadURL`.',
  })
  name!: string;

  @Field(() => String, {
    description: 'The database the file contains: the file name without its last extension.',
  })
  databaseName!: string;

  @Field(() => BackupTypeEnum, {
    nullable: true,
    description:
      'The type of backup, by file extension: `.bak` is `FULL`, `.diff` is `INCREMENTAL`, any other is null.',
  })
  type!: BackupType | null;

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'The size of the file in bytes; null if the upstream does not report it.',
  })
  sizeBytes!: number | null;

  @Field(() => Boolean, {
    description:
      'Whether the store has the file. False is not an error: the backup should have the file, but it cannot be downloaded.',
  })
  available!: boolean;
}

/** The source value of a file, with its backup for link requests. */
export interface BackupFileSource extends BackupFileType {
  readonly backup: Backup;
}

export function toBackupFile(
  backup: Backup,
  { name, sizeBytes, available }: BackupFile,
): BackupFileSource {
  return {
    backup,
    name,
    databaseName: databaseNameOf(name),
    type: fileTypeOf(name),
    sizeBytes,
    available,
  };
}
