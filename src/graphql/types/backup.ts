import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import type { BackupMode, BackupStatus, BackupUnit } from '../../domain/backup.js';
import type { BackupType } from '../../domain/engines.js';
import { DateTimeScalar, SafeIntScalar } from '../scalars.js';
import { BackupModeEnum, BackupStatusEnum, BackupTypeEnum, BackupUnitEnum } from './enums.js';

/** Fields from the row of a backup; BackupResolver adds the others. */
@ObjectType('Backup', {
  simpleResolvers: true,
  description: 'A backup of a database instance. The instance may have been deleted since.',
})
@Directive('@key(fields: "id")')
@Directive('@key(fields: "regionId instanceId backupId")')
export class BackupObjectType {
  @Field(() => ID, {
    description:
      '`<regionId>/<instanceId>/<backupId>`. Stable; clients can build it from its parts.',
  })
  id!: string;

  @Field(() => ID, { description: 'The region code, for example `cn-north-1`.' })
  regionId!: string;

  @Field(() => ID, { description: 'The ID of the instance this backup was taken from.' })
  instanceId!: string;

  @Field(() => ID, { description: 'The ID of the backup, unique within its region.' })
  backupId!: string;

  @Field(() => String, { nullable: true, description: 'The display name of the backup.' })
  name!: string | null;

  @Field(() => BackupStatusEnum, {
    nullable: true,
    description: 'The status of the backup; null if this schema does not list it.',
  })
  status!: BackupStatus | null;

  @Field(() => BackupModeEnum, { nullable: true, description: 'How the backup was started.' })
  mode!: BackupMode | null;

  @Field(() => BackupTypeEnum, {
    nullable: true,
    description: 'Full or differential (`INCREMENTAL`). SQL Server only; null for other engines.',
  })
  type!: BackupType | null;

  @Field(() => BackupUnitEnum, {
    nullable: true,
    description:
      'The whole instance or selected databases. SQL Server only; null for other engines.',
  })
  unit!: BackupUnit | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the backup started.' })
  startedAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When the backup ended; null while it is running or if the cloud does not report it.',
  })
  endedAt!: Date | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'The size of the backup in bytes.' })
  sizeBytes!: number | null;

  @Field(() => Int, {
    description:
      'How many files of the backup its store lacks. Above 0, the backup is not whole and cannot be restored completely.',
  })
  unavailableFileCount!: number;
}
