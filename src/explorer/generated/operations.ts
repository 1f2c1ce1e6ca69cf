/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Which backups to list; what is left out or null does not narrow. */
export type BackupFilter = {
  /** A database with a file in the backup, compared exactly. SQL Server only. */
  databaseName?: string | null | undefined;
  /** What started the backup. */
  mode?: BackupMode | null | undefined;
  /** Begun at this moment or later. */
  startedAfter?: string | null | undefined;
  /** Begun before this moment. */
  startedBefore?: string | null | undefined;
  /** SQL Server only. */
  type?: BackupType | null | undefined;
};

/** What started a backup. */
export type BackupMode =
  /** The schedule of the instance. */
  | 'AUTO'
  /** A person or a program. */
  | 'MANUAL';

/** What state a backup is in. */
export type BackupStatus =
  /** The backup is being made; its link is not available yet. */
  | 'BUILDING'
  /** The backup is done and can be downloaded. */
  | 'COMPLETED'
  /** Deleting the backup failed. */
  | 'DELETE_ERROR'
  /** The backup is being deleted. */
  | 'DELETING'
  /** The backup failed. */
  | 'ERROR'
  /** The instance is deleted, the backup is kept and can be downloaded. */
  | 'RETAINED';

/** What a backup holds. */
export type BackupType =
  /** All data. */
  | 'FULL'
  /** What changed since the last full backup. */
  | 'INCREMENTAL';

/** What a backup was made of. */
export type BackupUnit =
  /** Chosen databases of the instance. */
  | 'DATABASE'
  /** All databases of the instance. */
  | 'INSTANCE';

/** A database engine. */
export type DatabaseEngine =
  /** MariaDB: a backup is downloaded as a whole set. */
  | 'MARIADB'
  /** MySQL: a backup is downloaded as a whole set. */
  | 'MYSQL'
  /** Percona Server: a backup is downloaded as a whole set. */
  | 'PERCONA'
  /** PostgreSQL: its backups have no download link. */
  | 'POSTGRESQL'
  /** SQL Server: backups are downloaded file by file. */
  | 'SQL_SERVER';

export type InstancesQueryVariables = Exact<{
  regionId: string | number;
  after?: string | null | undefined;
}>;


export type InstancesQuery = { instances: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ instanceId: string, name: string | null, engine: DatabaseEngine | null, engineVersion: string | null }> } | null };

export type BackupsQueryVariables = Exact<{
  regionId: string | number;
  instanceId: string | number;
  after?: string | null | undefined;
  filter?: BackupFilter | null | undefined;
  isFiltered: boolean;
}>;


export type BackupsQuery = { instance: { name: string | null, engine: DatabaseEngine | null, engineVersion: string | null } | null, backups: { totalCount?: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, backupId: string, name: string | null, engine: DatabaseEngine | null, status: BackupStatus | null, mode: BackupMode | null, type: BackupType | null, unit: BackupUnit | null, startedAt: string | null, endedAt: string | null, sizeBytes: number | null, files: Array<{ name: string, databaseName: string, type: BackupType | null }> }> } | null };

export type BackupRowFragment = { id: string, backupId: string, name: string | null, engine: DatabaseEngine | null, status: BackupStatus | null, mode: BackupMode | null, type: BackupType | null, unit: BackupUnit | null, startedAt: string | null, endedAt: string | null, sizeBytes: number | null, files: Array<{ name: string, databaseName: string, type: BackupType | null }> };

export type LinkQueryVariables = Exact<{
  id: string | number;
  fileName?: string | null | undefined;
  expiresIn?: number | null | undefined;
}>;


export type LinkQuery = { backup: { status: BackupStatus | null, downloadURL:
      | { publicURL: string | null, internalURL: string | null, available: boolean, expiresAt: string | null }
      | { publicURL: string | null, internalURL: string | null, available: boolean, expiresAt: string | null }
     | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const BackupRowFragmentDoc = new TypedDocumentString(`
    fragment BackupRow on Backup {
  id
  backupId
  name
  engine
  status
  mode
  type
  unit
  startedAt
  endedAt
  sizeBytes
  files {
    name
    databaseName
    type
  }
}
    `, {"fragmentName":"BackupRow"}) as unknown as TypedDocumentString<BackupRowFragment, unknown>;
export const InstancesDocument = new TypedDocumentString(`
    query Instances($regionId: ID!, $after: String) {
  instances(regionId: $regionId, first: 100, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      instanceId
      name
      engine
      engineVersion
    }
  }
}
    `) as unknown as TypedDocumentString<InstancesQuery, InstancesQueryVariables>;
export const BackupsDocument = new TypedDocumentString(`
    query Backups($regionId: ID!, $instanceId: ID!, $after: String, $filter: BackupFilter, $isFiltered: Boolean!) {
  instance(regionId: $regionId, instanceId: $instanceId) {
    name
    engine
    engineVersion
  }
  backups(
    regionId: $regionId
    instanceId: $instanceId
    first: 20
    after: $after
    filter: $filter
  ) {
    totalCount @skip(if: $isFiltered)
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      ...BackupRow
    }
  }
}
    fragment BackupRow on Backup {
  id
  backupId
  name
  engine
  status
  mode
  type
  unit
  startedAt
  endedAt
  sizeBytes
  files {
    name
    databaseName
    type
  }
}`) as unknown as TypedDocumentString<BackupsQuery, BackupsQueryVariables>;
export const LinkDocument = new TypedDocumentString(`
    query Link($id: ID!, $fileName: String, $expiresIn: Int) {
  backup(id: $id) {
    status
    downloadURL(fileName: $fileName, expiresIn: $expiresIn) {
      ... on DownloadLink {
        publicURL
        internalURL
        available
        expiresAt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LinkQuery, LinkQueryVariables>;