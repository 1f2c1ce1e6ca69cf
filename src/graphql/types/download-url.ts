import { createUnionType, Field, InterfaceType, ObjectType } from 'type-graphql';
import { databaseNameOf } from '../../domain/backup-file.js';
import type { LinkVariant } from '../../domain/engines.js';
import type { HandedLink } from '../../domain/link.js';
import { DateTimeScalar, UrlScalar } from '../scalars.js';

/** The GraphQL type of each variant; the discriminant decides, so plain objects resolve too. */
const TYPE_NAMES: Readonly<Record<LinkVariant, string>> = {
  SqlServer: 'SqlServerBackupDownloadURL',
  MySql: 'MySqlBackupDownloadURL',
};

export function typeNameOfLink({ variant }: { readonly variant: LinkVariant }): string {
  return TYPE_NAMES[variant];
}

@InterfaceType('DownloadLink', {
  description:
    'A download link. It is a key to the data: do not store or log it. Every member may be null, since a link may not be available now.',
  resolveType: typeNameOfLink,
})
export abstract class DownloadLinkType {
  /** The discriminant; no field of the schema. */
  variant!: LinkVariant;

  // Read by another name than its own, which simple resolvers cannot.
  @Field(() => UrlScalar, {
    name: 'publicURL',
    simple: false,
    nullable: true,
    description: 'The link over the public network; null while it is not available.',
  })
  publicUrl!: string | null;

  @Field(() => UrlScalar, {
    name: 'internalURL',
    simple: false,
    nullable: true,
    description:
      'The link over the internal network of the region, unreachable from a browser outside it; null while it is not available.',
  })
  internalUrl!: string | null;

  @Field(() => Boolean, {
    description:
      'Whether at least one of the two links is there. False is no error: ask again later, for example while the backup is BUILDING.',
  })
  available!: boolean;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When the link stops working; null when it is not known or there is no link. A transfer that began before this moment finishes. Ask for a new link shortly before it.',
  })
  expiresAt!: Date | null;
}

@ObjectType('SqlServerBackupDownloadURL', {
  simpleResolvers: true,
  implements: DownloadLinkType,
  description: 'The link of one file of a SQL Server backup.',
})
export class SqlServerBackupDownloadUrlType extends DownloadLinkType {
  @Field(() => String, { description: 'The file the link is for, as in `Backup.files`.' })
  fileName!: string;

  @Field(() => String, {
    description: 'The database in the file: the file name without its last suffix.',
  })
  databaseName!: string;
}

@ObjectType('MySqlBackupDownloadURL', {
  simpleResolvers: true,
  implements: DownloadLinkType,
  description: 'The link of the whole set of a MySQL, MariaDB or Percona backup.',
})
export class MySqlBackupDownloadUrlType extends DownloadLinkType {}

export const BackupDownloadUrlUnion = createUnionType({
  name: 'BackupDownloadURL',
  description:
    'The link of one file (SQL Server) or of the whole set (MySQL, MariaDB, Percona). Select with a fragment on each member, or on the interface DownloadLink.',
  types: () => [SqlServerBackupDownloadUrlType, MySqlBackupDownloadUrlType] as const,
  resolveType: typeNameOfLink,
});

/** The source value of both variants: the link as it was issued, with what is derived from it. */
export interface DownloadUrlSource extends HandedLink {
  readonly variant: LinkVariant;
  readonly available: boolean;
  /** The file of a variant that is downloaded file by file, and the database in it. */
  readonly fileName: string | undefined;
  readonly databaseName: string | undefined;
}

/** Written out: with a spread in it, the object takes ten times as long to make. */
export function toDownloadUrl(
  { publicUrl, internalUrl, expiresAt, linkId, reused, requestId }: HandedLink,
  variant: LinkVariant,
  fileName: string | undefined,
): DownloadUrlSource {
  return {
    variant,
    publicUrl,
    internalUrl,
    expiresAt,
    linkId,
    reused,
    requestId,
    available: publicUrl !== null || internalUrl !== null,
    fileName,
    databaseName: fileName === undefined ? undefined : databaseNameOf(fileName),
  };
}
