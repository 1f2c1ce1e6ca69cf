import { Field, ID, ObjectType } from 'type-graphql';

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
