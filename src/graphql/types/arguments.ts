import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { BackupMode, BackupType } from '../../domain/backup.js';
import { MAX_LIFETIME } from '../../domain/link.js';
import type { Engine } from '../../domain/engines.js';
import { DateTimeScalar } from '../scalars.js';
import { BackupModeEnum, BackupTypeEnum, DatabaseEngineEnum } from './enums.js';

// One class for all arguments of a field: separate ones print in reverse order.

@InputType('BackupFilter', {
  description: 'Which backups to list; what is left out or null does not narrow.',
})
export class BackupFilterInput {
  @Field(() => BackupTypeEnum, { nullable: true, description: 'SQL Server only.' })
  type?: BackupType | null;

  @Field(() => BackupModeEnum, { nullable: true, description: 'What started the backup.' })
  mode?: BackupMode | null;

  @Field(() => String, {
    nullable: true,
    description: 'A database with a file in the backup, compared exactly. SQL Server only.',
  })
  databaseName?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Begun at this moment or later.' })
  startedAfter?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Begun before this moment.' })
  startedBefore?: Date | null;
}

@ArgsType()
export class PageArguments {
  @Field(() => Int, {
    nullable: true,
    defaultValue: 20,
    description: 'How many at the most, 1 to 100.',
  })
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the edge behind which to go on; from the beginning when left out.',
  })
  after?: string | null;
}

@ArgsType()
export class BackupPageArguments extends PageArguments {
  @Field(() => BackupFilterInput, { nullable: true, description: 'Which backups to list.' })
  filter?: BackupFilterInput | null;
}

@ArgsType()
export class InstanceArguments {
  @Field(() => ID, { description: 'The region code, for example `cn-north-1`.' })
  regionId!: string;

  @Field(() => ID, { description: 'The id of the instance; it may be deleted since.' })
  instanceId!: string;
}

@ArgsType()
export class InstancesArguments extends PageArguments {
  @Field(() => ID, { description: 'The region code, for example `cn-north-1`.' })
  regionId!: string;

  @Field(() => DatabaseEngineEnum, { nullable: true, description: 'Only those of this engine.' })
  engine?: Engine | null;
}

@ArgsType()
export class BackupsArguments extends BackupPageArguments {
  @Field(() => ID, { description: 'The region code, for example `cn-north-1`.' })
  regionId!: string;

  @Field(() => ID, { description: 'The id of the instance; it may be deleted since.' })
  instanceId!: string;
}

@ArgsType()
export class BackupArguments {
  @Field(() => ID, { description: '`<regionId>/<instanceId>/<backupId>`.' })
  id!: string;
}

const EXPIRES_IN = `The lifetime of the link in seconds, 1 to ${MAX_LIFETIME}. SQL Server: ${MAX_LIFETIME} when left out.`;

@ArgsType()
export class FileDownloadArguments {
  @Field(() => Int, { nullable: true, description: EXPIRES_IN })
  expiresIn?: number | null;
}

@ArgsType()
export class DownloadArguments {
  @Field(() => String, {
    nullable: true,
    description:
      'The file wanted, exactly as in `files`. SQL Server: required. MySQL, MariaDB, Percona: refused, the whole set is downloaded.',
  })
  fileName?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `${EXPIRES_IN} MySQL, MariaDB, Percona: refused, unless the operator of this service allows it; ${MAX_LIFETIME} may be given, it changes nothing.`,
  })
  expiresIn?: number | null;
}
