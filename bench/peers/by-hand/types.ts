import { createUnionType, Directive, Field, Float, ID, Int, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true })
export class SqlServerBackupDownloadURL {
  @Field(() => String) fileName!: string;
  @Field(() => String) databaseName!: string;
  @Field(() => String, { nullable: true }) publicURL!: string | null;
  @Field(() => String, { nullable: true }) internalURL!: string | null;
  @Field(() => Date, { nullable: true }) expiresAt!: Date | null;
}

@ObjectType({ simpleResolvers: true })
export class MySqlBackupDownloadURL {
  @Field(() => String, { nullable: true }) publicURL!: string | null;
  @Field(() => String, { nullable: true }) internalURL!: string | null;
  @Field(() => Date, { nullable: true }) expiresAt!: Date | null;
}

export const BackupDownloadURL = createUnionType({
  name: 'BackupDownloadURL',
  types: () => [SqlServerBackupDownloadURL, MySqlBackupDownloadURL] as const,
});

@ObjectType({ simpleResolvers: true })
@Directive('@key(fields: "id")')
export class Backup {
  @Field(() => ID) id!: string;
  @Field(() => ID) regionId!: string;
  @Field(() => ID) instanceId!: string;
  @Field(() => ID) backupId!: string;
  @Field(() => String, { nullable: true }) name!: string | null;
  @Field(() => String, { nullable: true }) engine!: string | null;
  @Field(() => String, { nullable: true }) status!: string | null;
  @Field(() => Date, { nullable: true }) startedAt!: Date | null;
  @Field(() => Float, { nullable: true }) sizeBytes!: number | null;
  @Field(() => [String]) files!: string[];
}

@ObjectType({ simpleResolvers: true })
export class BackupConnection {
  @Field(() => [Backup]) nodes!: Backup[];
  @Field(() => Int) totalCount!: number;
}
