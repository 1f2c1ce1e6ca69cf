/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Selects the backups that match every given field; fields that are omitted or null match all backups. */
export type BackupFilter = {
  /** Match backups with a file of this database; case-sensitive. SQL Server only. */
  databaseName?: string | null | undefined;
  /** Match backups started this way. */
  mode?: BackupMode | null | undefined;
  /** Match backups started at or after this time. */
  startedAfter?: string | null | undefined;
  /** Match backups started before this time. */
  startedBefore?: string | null | undefined;
  /** Match backups with this status. */
  status?: BackupStatus | null | undefined;
  /** Match backups of this type. SQL Server only. */
  type?: BackupType | null | undefined;
};

/** How a backup was started. */
export type BackupMode =
  /** By the instance's backup schedule. */
  | 'AUTO'
  /** On request, by a person or a program. */
  | 'MANUAL';

/** The status of a backup. */
export type BackupStatus =
  /** The backup is running; its link is not yet available. */
  | 'BUILDING'
  /** The backup is complete and can be downloaded. */
  | 'COMPLETED'
  /** The backup could not be deleted. */
  | 'DELETE_ERROR'
  /** The backup is being deleted. */
  | 'DELETING'
  /** The backup failed. */
  | 'ERROR'
  /** The instance was deleted; its backup was retained and can be downloaded. */
  | 'RETAINED';

/** The data a backup contains. */
export type BackupType =
  /** A full backup: all data. */
  | 'FULL'
  /** A differential backup, in SQL Server terms: the data changed since the last full backup. */
  | 'INCREMENTAL';

/** The scope of a backup. */
export type BackupUnit =
  /** Selected databases of the instance. */
  | 'DATABASE'
  /** All databases of the instance. */
  | 'INSTANCE';

/** A database engine. */
export type DatabaseEngine =
  /** MariaDB. A backup is downloaded as a whole. */
  | 'MARIADB'
  /** MySQL. A backup is downloaded as a whole. */
  | 'MYSQL'
  /** Percona Server for MySQL. A backup is downloaded as a whole. */
  | 'PERCONA'
  /** PostgreSQL. Its backups have no download links. */
  | 'POSTGRESQL'
  /** Microsoft SQL Server. Each file of a backup is downloaded separately. */
  | 'SQL_SERVER';

export type RegionsQueryVariables = Exact<{ [key: string]: never; }>;


export type RegionsQuery = { regions: Array<{ id: string, name: string | null }> };

export type InstancesQueryVariables = Exact<{
  regionId: string | number;
  after?: string | null | undefined;
}>;


export type InstancesQuery = { instances: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ instanceId: string, name: string | null, engine: DatabaseEngine | null, engineVersion: string | null }> } | null };

export type BackupsQueryVariables = Exact<{
  regionId: string | number;
  instanceId: string | number;
  first: number;
  after?: string | null | undefined;
  filter?: BackupFilter | null | undefined;
  isFiltered: boolean;
}>;


export type BackupsQuery = { instance: { name: string | null, engine: DatabaseEngine | null, engineVersion: string | null } | null, backups: { totalCount?: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, backupId: string, name: string | null, engine: DatabaseEngine | null, status: BackupStatus | null, mode: BackupMode | null, type: BackupType | null, unit: BackupUnit | null, startedAt: string | null, endedAt: string | null, sizeBytes: number | null, viewerCanDownload: boolean, unavailableFileCount: number, files: Array<{ name: string, databaseName: string, type: BackupType | null, sizeBytes: number | null, available: boolean }> }> } | null };

export type BackupQueryVariables = Exact<{
  id: string | number;
}>;


export type BackupQuery = { backup: { id: string, backupId: string, name: string | null, engine: DatabaseEngine | null, status: BackupStatus | null, mode: BackupMode | null, type: BackupType | null, unit: BackupUnit | null, startedAt: string | null, endedAt: string | null, sizeBytes: number | null, viewerCanDownload: boolean, unavailableFileCount: number, files: Array<{ name: string, databaseName: string, type: BackupType | null, sizeBytes: number | null, available: boolean }> } | null };

export type BackupRowFragment = { id: string, backupId: string, name: string | null, engine: DatabaseEngine | null, status: BackupStatus | null, mode: BackupMode | null, type: BackupType | null, unit: BackupUnit | null, startedAt: string | null, endedAt: string | null, sizeBytes: number | null, viewerCanDownload: boolean, unavailableFileCount: number, files: Array<{ name: string, databaseName: string, type: BackupType | null, sizeBytes: number | null, available: boolean }> };

export type LinkQueryVariables = Exact<{
  id: string | number;
  fileName?: string | null | undefined;
  expiresIn?: number | null | undefined;
}>;


export type LinkQuery = { backup: { status: BackupStatus | null, downloadURL:
      | { publicURL: string | null, internalURL: string | null, available: boolean, expiresAt: string | null, sizeBytes: number | null, sha256: string | null }
      | { publicURL: string | null, internalURL: string | null, available: boolean, expiresAt: string | null, sizeBytes: number | null, sha256: string | null }
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
  viewerCanDownload
  unavailableFileCount
  files {
    name
    databaseName
    type
    sizeBytes
    available
  }
}
    `, {"fragmentName":"BackupRow"}) as unknown as TypedDocumentString<BackupRowFragment, unknown>;
export const RegionsDocument = new TypedDocumentString(`
    query Regions {
  regions {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<RegionsQuery, RegionsQueryVariables>;
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
    query Backups($regionId: ID!, $instanceId: ID!, $first: Int!, $after: String, $filter: BackupFilter, $isFiltered: Boolean!) {
  instance(regionId: $regionId, instanceId: $instanceId) {
    name
    engine
    engineVersion
  }
  backups(
    regionId: $regionId
    instanceId: $instanceId
    first: $first
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
  viewerCanDownload
  unavailableFileCount
  files {
    name
    databaseName
    type
    sizeBytes
    available
  }
}`) as unknown as TypedDocumentString<BackupsQuery, BackupsQueryVariables>;
export const BackupDocument = new TypedDocumentString(`
    query Backup($id: ID!) {
  backup(id: $id) {
    ...BackupRow
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
  viewerCanDownload
  unavailableFileCount
  files {
    name
    databaseName
    type
    sizeBytes
    available
  }
}`) as unknown as TypedDocumentString<BackupQuery, BackupQueryVariables>;
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
        sizeBytes
        sha256
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LinkQuery, LinkQueryVariables>;