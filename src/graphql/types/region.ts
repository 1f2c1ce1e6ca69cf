import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType('BackupRegion', {
  simpleResolvers: true,
  description: 'A region that may hold backups.',
})
export class BackupRegionType {
  @Field(() => ID, { description: 'The region code, for example `cn-north-1`.' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the place, for example `Beijing`; null for a code that is not known.',
  })
  name!: string | null;
}
