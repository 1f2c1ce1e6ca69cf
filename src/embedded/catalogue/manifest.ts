import { z } from 'zod';
import { upstreamEngineName } from '../../domain/engines.js';
import { checksums } from './checksums.js';

/** People write the name in their own way; everybody who asks gets it as the API writes it. */
const engineName = z.string().transform(upstreamEngineName);

/** Objects of one backup: SQL Server stripes a large database over 64 files at most. */
const MAX_OBJECTS = 1000;

/** instance.json: fields of an instance by their names in the API. */
export const instanceManifest = z.object({
  engine: engineName,
  engineVersion: z.string().optional(),
  instanceName: z.string().optional(),
  instanceType: z.string().optional(),
  instanceStatus: z.string().default('RUNNING'),
  azId: z.array(z.string()).default([]),
  createTime: z.string().optional(),
  charge: z.object({ chargeMode: z.string().optional() }).optional(),
});

/** backup.json: fields of a backup by their names in the API; what is missing is derived. */
export const backupManifest = z.object({
  engine: engineName.optional(),
  backupName: z.string().optional(),
  backupStatus: z.string().optional(),
  backupStartTime: z.string().optional(),
  backupEndTime: z.string().optional(),
  backupType: z.string().optional(),
  backupMode: z.string().optional(),
  backupUnit: z.string().optional(),
  backupMethod: z.string().optional(),
  backupSizeByte: z.int().nonnegative().optional(),
  /** Names of the files the backup consists of; those the store lacks are listed as unavailable. */
  backupFiles: z.array(z.string().min(1)).optional(),
  checksums: checksums.optional().catch(undefined),
  /** Files that stand elsewhere in the bucket, by their keys. A folder has none. */
  objects: z.array(z.string().min(1).max(1024)).max(MAX_OBJECTS).optional(),
});

export type InstanceManifest = z.output<typeof instanceManifest>;
export type BackupManifest = z.output<typeof backupManifest>;

/** What stands in a json file. */
export type Manifest<Content> =
  | { readonly kind: 'read'; readonly content: Content }
  | { readonly kind: 'missing' }
  | { readonly kind: 'broken'; readonly faults: readonly string[] };

/** Bytes of a json file; real ones have a few hundred, and as many for each file with a checksum. */
export const MAX_MANIFEST_SIZE = 1024 * 1024;

/** What a text says. */
export function parseManifest<Content>(
  text: string,
  schema: z.ZodType<Content>,
): Manifest<Content> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return brokenManifest('not readable as JSON');
  }
  const parsed = schema.safeParse(json);
  return parsed.success
    ? { kind: 'read', content: parsed.data }
    : brokenManifest(...parsed.error.issues.map(toFault));
}

export function brokenManifest(...faults: string[]): Manifest<never> {
  return { kind: 'broken', faults };
}

function toFault({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}
