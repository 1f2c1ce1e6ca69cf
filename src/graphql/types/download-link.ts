import { createUnionType, Field, InterfaceType, ObjectType } from 'type-graphql';
import { databaseNameOf } from '../../domain/backup-file.js';
import type { LinkVariant } from '../../domain/engines.js';
import type { HandedLink } from '../../domain/link.js';
import { DateTimeScalar, SafeIntScalar, UrlScalar } from '../scalars.js';

/** The GraphQL type of each variant; resolved by discriminant, so plain objects work too. */
const TYPE_NAMES: Readonly<Record<LinkVariant, string>> = {
  SqlServer: 'SqlServerBackupDownloadURL',
  MySql: 'MySqlBackupDownloadURL',
};

export function typeNameOfLink({ variant }: { readonly variant: LinkVariant }): string {
  return TYPE_NAMES[variant];
}

@InterfaceType('DownloadLink', {
  description:
    'A download link. Anyone who holds it can read the data: do not store or log it. The URLs are null while no link is available.',
  resolveType: typeNameOfLink,
})
export abstract class DownloadLinkType {
  /** The discriminant; not a schema field. */
  variant!: LinkVariant;

  // Has another name in the source, which simple resolvers do not support.
  @Field(() => UrlScalar, {
    name: 'publicURL',
    simple: false,
    nullable: true,
    description: 'The link over the public network; null while unavailable.',
  })
  publicUrl!: string | null;

  @Field(() => UrlScalar, {
    name: 'internalURL',
    simple: false,
    nullable: true,
    description:
      'The link over the internal network of the region, unreachable from outside it; null while unavailable.',
  })
  internalUrl!: string | null;

  @Field(() => Boolean, {
    description:
      'Whether at least one of the two links is available. False is not an error: retry later, for example while the backup is `BUILDING`.',
  })
  available!: boolean;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When the link expires; null if unknown or if there is no link. A transfer that starts earlier runs to its end. Request a new link shortly before this time.',
  })
  expiresAt!: Date | null;

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'The size of the linked file in bytes; null if the upstream does not report it.',
  })
  sizeBytes!: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The SHA-256 digest of the linked file as 64 hexadecimal digits; null if it was not computed or the file has changed since.',
  })
  sha256!: string | null;
}

@ObjectType('SqlServerBackupDownloadURL', {
  simpleResolvers: true,
  implements: DownloadLinkType,
  description: 'The download link of one file of a SQL Server backup.',
})
export class SqlServerBackupDownloadUrlType extends DownloadLinkType {
  @Field(() => String, { description: 'The name of the linked file, as in `Backup.files`.' })
  fileName!: string;

  @Field(() => String, {
    description: 'The database the file contains: the file name without its last extension.',
  })
  databaseName!: string;
}

@ObjectType('MySqlBackupDownloadURL', {
  simpleResolvers: true,
  implements: DownloadLinkType,
  description: 'The download link of a complete MySQL, MariaDB or Percona backup.',
})
export class MySqlBackupDownloadUrlType extends DownloadLinkType {}

export const BackupDownloadUrlUnion = createUnionType({
  name: 'BackupDownloadURL',
  description:
    'The download link of one file (SQL Server) or of the complete backup (MySQL, MariaDB, Percona). Select its fields with a fragment on each member or on the interface `DownloadLink`.',
  types: () => [SqlServerBackupDownloadUrlType, MySqlBackupDownloadUrlType] as const,
  resolveType: typeNameOfLink,
});

/** The source value of both variants: the issued link and derived fields. */
export interface DownloadUrlSource extends HandedLink {
  readonly variant: LinkVariant;
  readonly available: boolean;
  /** The file and its database, for the variant with separate files. */
  readonly fileName: string | undefined;
  readonly databaseName: string | undefined;
}

/** Written out: with a spread, creating the object takes ten times as long. */
export function toDownloadUrl(
  { publicUrl, internalUrl, sizeBytes, sha256, expiresAt, linkId, reused, requestId }: HandedLink,
  variant: LinkVariant,
  fileName: string | undefined,
): DownloadUrlSource {
  return {
    variant,
    publicUrl,
    internalUrl,
    sizeBytes,
    sha256,
    expiresAt,
    linkId,
    reused,
    requestId,
    available: publicUrl !== null || internalUrl !== null,
    fileName,
    databaseName: fileName === undefined ? undefined : databaseNameOf(fileName),
  };
}
