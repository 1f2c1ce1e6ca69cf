import { Directive, Field, ID, ObjectType } from 'type-graphql';
import type { BackupMode, BackupStatus, BackupType, BackupUnit } from '../../domain/backup.js';
import { DateTimeScalar, SafeIntScalar } from '../scalars.js';
import { BackupModeEnum, BackupStatusEnum, BackupTypeEnum, BackupUnitEnum } from './enums.js';

/** What a Backup tells by itself; BackupResolver adds what needs more than its row. */
@ObjectType('Backup', {
  simpleResolvers: true,
  description: 'One backup of a database instance, also of an instance that is deleted since.',
})
@Directive('@key(fields: "id")')
@Directive('@key(fields: "regionId instanceId backupId")')
export class BackupObjectType {
  @Field(() => ID, {
    description: '`<regionId>/<instanceId>/<backupId>`. Stable; may be built by others.',
  })
  id!: string;

  @Field(() => ID, { description: 'The region code, for example `cn-north-1`.' })
  regionId!: string;

  @Field(() => ID, { description: 'The id of the instance the backup was made of.' })
  instanceId!: string;

  @Field(() => ID, { description: 'The id of the backup within its region.' })
  backupId!: string;

  @Field(() => String, { nullable: true, description: 'The name people gave the backup.' })
  name!: string | null;

  @Field(() => BackupStatusEnum, {
    nullable: true,
    description: 'The state of the backup; null for a state this schema does not know.',
  })
  status!: BackupStatus | null;

  @Field(() => BackupModeEnum, { nullable: true, description: 'What started the backup.' })
  mode!: BackupMode | null;

  @Field(() => BackupTypeEnum, {
    nullable: true,
    description: 'Full or incremental. SQL Server only, null for other engines.',
  })
  type!: BackupType | null;

  @Field(() => BackupUnitEnum, {
    nullable: true,
    description: 'Whole instance or chosen databases. SQL Server only, null for other engines.',
  })
  unit!: BackupUnit | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the backup began.' })
  startedAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the backup ended; null while it runs and where the cloud does not tell.',
  })
  endedAt!: Date | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'The size in bytes.' })
  sizeBytes!: number | null;
}
