import { Directive, Field, ID, ObjectType } from 'type-graphql';
import type { Engine } from '../../domain/engines.js';
import { DateTimeScalar } from '../scalars.js';
import { DatabaseEngineEnum } from './enums.js';

@ObjectType('DatabaseInstance', {
  simpleResolvers: true,
  description: 'A database instance that exists now.',
})
@Directive('@key(fields: "id")')
@Directive('@key(fields: "regionId instanceId")')
export class DatabaseInstanceType {
  @Field(() => ID, { description: '`<regionId>/<instanceId>`. Stable; may be built by others.' })
  id!: string;

  @Field(() => ID, { description: 'The region code, for example `cn-north-1`.' })
  regionId!: string;

  @Field(() => ID, { description: 'The id of the instance within its region.' })
  instanceId!: string;

  @Field(() => String, { nullable: true, description: 'The name people gave the instance.' })
  name!: string | null;

  @Field(() => DatabaseEngineEnum, {
    nullable: true,
    description: 'The engine; null for one this schema does not know.',
  })
  engine!: Engine | null;

  @Field(() => String, { nullable: true, description: 'The version of the engine, as `8.0`.' })
  engineVersion!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The state of the instance in the word of the cloud, as `RUNNING`.',
  })
  status!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the instance was created.' })
  createdAt!: Date | null;
}
