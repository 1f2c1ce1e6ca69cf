import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { BackupMode, BackupStatus } from '../../domain/backup.js';
import type { BackupType, Engine } from '../../domain/engines.js';
import { MAX_LIFETIME } from '../../domain/link.js';
import { DateTimeScalar } from '../scalars.js';
import { BackupModeEnum, BackupStatusEnum, BackupTypeEnum, DatabaseEngineEnum } from './enums.js';

// One class per field: separate arguments print in reverse order.

@InputType('BackupFilter', {
  description:
    'Selects the backups that match every given field; fields that are omitted or null match all backups.',
})
export class BackupFilterInput {
  @Field(() => BackupStatusEnum, {
    nullable: true,
    description: 'Match backups with this status.',
  })
  status?: BackupStatus | null;

  @Field(() => BackupTypeEnum, {
    nullable: true,
    description: 'Match backups of this type. SQL Server only.',
  })
  type?: BackupType | null;

  @Field(() => BackupModeEnum, { nullable: true, description: 'Match backups started this way.' })
  mode?: BackupMode | null;

  @Field(() => String, {
    nullable: true,
    description: 'Match backups with a file of this database; case-sensitive. SQL Server only.',
  })
  databaseName?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Match backups started at or after this time.',
  })
  startedAfter?: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Match backups started before this time.',
  })
  startedBefore?: Date | null;
}

@ArgsType()
export class PageArguments {
  @Field(() => Int, {
    nullable: true,
    defaultValue: 20,
    description: 'Return at most this many edges, 1 to 100.',
  })
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Return edges after this cursor; null or empty for the first page.',
  })
  after?: string | null;
}

@ArgsType()
export class BackupPageArguments extends PageArguments {
  @Field(() => BackupFilterInput, {
    nullable: true,
    description: 'Return only the backups that match.',
  })
  filter?: BackupFilterInput | null;
}

@ArgsType()
export class InstanceArguments {
  @Field(() => ID, { description: 'The region code, for example `cn-north-1`.' })
  regionId!: string;

  @Field(() => ID, { description: 'The ID of the instance.' })
  instanceId!: string;
}

@ArgsType()
export class InstancesArguments extends PageArguments {
  @Field(() => ID, { description: 'The region code, for example `cn-north-1`.' })
  regionId!: string;

  @Field(() => DatabaseEngineEnum, {
    nullable: true,
    description: 'Return only instances of this engine.',
  })
  engine?: Engine | null;
}

@ArgsType()
export class BackupsArguments extends BackupPageArguments {
  @Field(() => ID, { description: 'The region code, for example `cn-north-1`.' })
  regionId!: string;

  @Field(() => ID, { description: 'The ID of the instance.' })
  instanceId!: string;
}

@ArgsType()
export class BackupArguments {
  @Field(() => ID, { description: '`<regionId>/<instanceId>/<backupId>`.' })
  id!: string;
}

const EXPIRES_IN = `The lifetime of the link in seconds, 1 to ${MAX_LIFETIME}. SQL Server: defaults to ${MAX_LIFETIME}.`;

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
      'The name of the file to download, exactly as in `files`. SQL Server: required. MySQL, MariaDB, Percona: not allowed; the link is for the complete backup.',
  })
  fileName?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `${EXPIRES_IN} MySQL, MariaDB, Percona: only ${MAX_LIFETIME} is accepted and has no effect, unless the operator allows other values.`,
  })
  expiresIn?: number | null;
}
