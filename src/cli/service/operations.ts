import { z } from 'zod';
import type { Operation } from './graphql-client.js';

/** Enum values and statuses are taken as text: a service may be newer than this program. */
const text = z.string();
const textOrNull = z.string().nullable();
const sizeOrNull = z.number().nonnegative().nullable();
const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: textOrNull });
export type PageInfo = z.infer<typeof pageInfo>;

const instance = z.object({
  id: text,
  regionId: text,
  instanceId: text,
  name: textOrNull,
  engine: textOrNull,
  engineVersion: textOrNull,
  status: textOrNull,
  createdAt: textOrNull,
});
export type Instance = z.infer<typeof instance>;

const backup = z.object({
  id: text,
  regionId: text,
  instanceId: text,
  backupId: text,
  name: textOrNull,
  engine: textOrNull,
  status: textOrNull,
  mode: textOrNull,
  type: textOrNull,
  unit: textOrNull,
  startedAt: textOrNull,
  endedAt: textOrNull,
  sizeBytes: sizeOrNull,
  /** Files that the store lacks. */
  unavailableFileCount: z.number().default(0),
  files: z.array(
    z.object({
      name: text,
      databaseName: text,
      type: textOrNull,
      sizeBytes: sizeOrNull,
      available: z.boolean().default(true),
    }),
  ),
});
export type Backup = z.infer<typeof backup>;

const link = z.object({
  publicURL: textOrNull,
  internalURL: textOrNull,
  available: z.boolean(),
  expiresAt: textOrNull,
  sizeBytes: sizeOrNull,
  sha256: textOrNull,
});
export type Link = z.infer<typeof link>;

const BACKUP_FIELDS = `
  id regionId instanceId backupId name engine status mode type unit startedAt endedAt sizeBytes
  unavailableFileCount files { name databaseName type sizeBytes available }`;

export const REGIONS: Operation<{ regions: { id: string; name: string | null }[] }> = {
  document: 'query Regions { regions { id name } }',
  data: z.object({ regions: z.array(z.object({ id: text, name: textOrNull })) }),
};

export const INSTANCES = {
  document: `query Instances($regionId: ID!, $first: Int!, $after: String) {
    instances(regionId: $regionId, first: $first, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id regionId instanceId name engine engineVersion status createdAt }
    }
  }`,
  data: z.object({ instances: z.object({ pageInfo, nodes: z.array(instance) }).nullable() }),
};

/** Whether a region has an instance, or backups of one that is deleted. */
export const INSTANCE = {
  document: `query Instance($regionId: ID!, $instanceId: ID!) {
    instance(regionId: $regionId, instanceId: $instanceId) { id }
    backups(regionId: $regionId, instanceId: $instanceId, first: 1) { nodes { id } }
  }`,
  data: z.object({
    instance: z.object({ id: text }).nullable(),
    backups: z.object({ nodes: z.array(z.object({ id: text })) }).nullable(),
  }),
};

export const BACKUPS = {
  document: `query Backups($regionId: ID!, $instanceId: ID!, $first: Int!, $after: String, $filter: BackupFilter) {
    backups(regionId: $regionId, instanceId: $instanceId, first: $first, after: $after, filter: $filter) {
      pageInfo { hasNextPage endCursor }
      nodes { ${BACKUP_FIELDS} }
    }
  }`,
  data: z.object({ backups: z.object({ pageInfo, nodes: z.array(backup) }).nullable() }),
};

export const BACKUP: Operation<{ backup: Backup | null }> = {
  document: `query Backup($id: ID!) { backup(id: $id) { ${BACKUP_FIELDS} } }`,
  data: z.object({ backup: backup.nullable() }),
};

export const LINK: Operation<{
  backup: { status: string | null; downloadURL: Link | null } | null;
}> = {
  document: `query Link($id: ID!, $fileName: String, $expiresIn: Int) {
    backup(id: $id) {
      status
      downloadURL(fileName: $fileName, expiresIn: $expiresIn) {
        ... on DownloadLink { publicURL internalURL available expiresAt sizeBytes sha256 }
      }
    }
  }`,
  data: z.object({
    backup: z.object({ status: textOrNull, downloadURL: link.nullable() }).nullable(),
  }),
};
