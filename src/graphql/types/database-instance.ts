import { Directive, Field, ID, ObjectType } from 'type-graphql';
import type { Engine } from '../../domain/engines.js';
import { DateTimeScalar } from '../scalars.js';
import { DatabaseEngineEnum } from './enums.js';

@ObjectType('DatabaseInstance', {
  simpleResolvers: true,
  description: 'A database instance that currently exists.',
})
@Directive('@key(fields: "id")')
@Directive('@key(fields: "regionId instanceId")')
export class DatabaseInstanceType {
  @Field(() => ID, {
    description: '`<regionId>/<instanceId>`. Stable; clients can build it from its parts.',
  })
  id!: string;

  @Field(() => ID, { description: 'The region code, for example `cn-north-1`.' })
  regionId!: string;

  @Field(() => ID, { description: 'The ID of the instance, unique within its region.' })
  instanceId!: string;

  @Field(() => String, { nullable: true, description: 'The display name of the instance.' })
  name!: string | null;

  @Field(() => DatabaseEngineEnum, {
    nullable: true,
    description: 'The database engine; null if this schema does not list it.',
  })
  engine!: Engine | null;

  @Field(() => String, { nullable: true, description: 'The engine version, for example `8.0`.' })
  engineVersion!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The instance status as reported by the cloud, for example `RUNNING`.',
  })
  status!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the instance was created.' })
  createdAt!: Date | null;
}

@ObjectType('BackupRegion', {
  simpleResolvers: true,
  description: 'A region that can contain backups.',
})
export class BackupRegionType {
  @Field(() => ID, { description: 'The region code, for example `cn-north-1`.' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the location, for example `Beijing`; null if the code is unknown.',
  })
  name!: string | null;
}
