import DataLoader from 'dataloader';
import { Backup } from './types.js';
import type { Call } from './upstream.js';

export interface Link {
  publicURL: string;
  internalURL: string;
}

interface Row {
  backupId: string;
  backupName: string;
  engine: string;
  backupStatus: string;
  backupStartTime: string;
  backupSizeByte: number;
  backupFiles: string[];
}

export interface Page {
  backups: Backup[];
  totalCount: number;
}

/** Reusable links of earlier requests, kept for a tenth of a day. */
const kept = new Map<string, { link: Link; until: number }>();
const reuses = process.env['REUSE'] === '1';
const KEEP_MS = 8_640_000;

/** The loaders of one request. */
export function createLoaders(call: Call) {
  const pages = new DataLoader((instances: readonly string[]) =>
    Promise.all(instances.map((instance) => listBackups(call, instance))),
  );
  const links = new DataLoader((keys: readonly string[]) =>
    Promise.all(keys.map((key) => linkOf(call, key))),
  );
  return { pages, links };
}

export type Loaders = ReturnType<typeof createLoaders>;

async function listBackups(call: Call, instance: string): Promise<Page> {
  const [regionId = '', instanceId = ''] = instance.split('/');
  const { backup, totalCount } = await call<{ backup: Row[]; totalCount: number }>(
    regionId,
    ['v1', 'regions', regionId, 'backups'],
    [
      ['instanceId', instanceId],
      ['pageNumber', '1'],
      ['pageSize', '100'],
    ],
  );
  const backups = backup.map((row) =>
    Object.assign(new Backup(), {
      id: `${instance}/${row.backupId}`,
      regionId,
      instanceId,
      backupId: row.backupId,
      name: row.backupName,
      engine: row.engine,
      status: row.backupStatus,
      startedAt: new Date(`${row.backupStartTime}+08:00`),
      sizeBytes: row.backupSizeByte,
      files: row.backupFiles,
    }),
  );
  return { backups, totalCount };
}

async function linkOf(call: Call, key: string): Promise<Link> {
  const known = reuses ? kept.get(key) : undefined;
  if (known && known.until > Date.now()) return known.link;
  const [regionId, backupId, fileName] = JSON.parse(key) as [string, string, string | null];
  const link = await call<Link>(
    regionId,
    ['v1', 'regions', regionId, 'backups', backupId, 'downloadURLs'],
    fileName === null ? [] : [['fileName', fileName]],
  );
  if (reuses) kept.set(key, { link, until: Date.now() + KEEP_MS });
  return link;
}
