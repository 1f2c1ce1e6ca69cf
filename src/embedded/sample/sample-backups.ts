import type { z } from 'zod';
import type { backupManifest, instanceManifest } from '../catalogue/manifest.js';

export interface SampleBackup {
  readonly regionId: string;
  readonly instanceId: string;
  readonly backupId: string;
  readonly manifest: z.input<typeof backupManifest>;
  readonly files: readonly string[];
}

export interface SampleInstance {
  readonly regionId: string;
  readonly instanceId: string;
  readonly manifest: z.input<typeof instanceManifest>;
}

const sqlServer = { regionId: 'cn-north-1', instanceId: 'sqlserver-83uqv7avy4' } as const;
const mySql = { regionId: 'cn-north-1', instanceId: 'mysql-wp4e9ztap2' } as const;
const mariaDb = { regionId: 'cn-east-2', instanceId: 'mariadb-k2v7p9s4qd' } as const;
const percona = { regionId: 'cn-east-2', instanceId: 'percona-x6b3m8f1ju' } as const;
/** Deleted instances have backups but no instance.json. */
const deletedSqlServer = { regionId: 'cn-north-1', instanceId: 'sqlserver-r7d2k9m4xq' } as const;
const deletedMySql = { regionId: 'cn-east-2', instanceId: 'mysql-t5h8n3c6wz' } as const;

const common = { instanceType: 'cluster', createTime: '2025-11-03T09:30:00' } as const;
const onSqlServer = { engine: 'SQL Server', engineVersion: '2017' } as const;
const onMySql = { engine: 'MySQL', engineVersion: '8.0' } as const;
const onMariaDb = { engine: 'MariaDB', engineVersion: '10.3' } as const;
const onPercona = { engine: 'Percona', engineVersion: '5.7' } as const;
const [north1a, north1b, east2a] = ['cn-north-1a', 'cn-north-1b', 'cn-east-2a'] as const;

export const SAMPLE_INSTANCES: readonly SampleInstance[] = [
  {
    ...sqlServer,
    manifest: { ...common, ...onSqlServer, instanceName: 'sample-sqlserver', azId: [north1a] },
  },
  {
    ...mySql,
    manifest: { ...common, ...onMySql, instanceName: 'sample-mysql', azId: [north1a, north1b] },
  },
  {
    ...mariaDb,
    manifest: { ...common, ...onMariaDb, instanceName: 'sample-mariadb', azId: [east2a] },
  },
  {
    ...percona,
    manifest: { ...common, ...onPercona, instanceName: 'sample-percona', azId: [east2a] },
  },
];

const full = { backupType: 'full', backupUnit: 'instance' } as const;
const incremental = { backupType: 'diff', backupUnit: 'instance' } as const;
const auto = { backupMode: 'auto' } as const;
const manual = { backupMode: 'manual' } as const;
const building = { backupStatus: 'BUILDING', ...manual } as const;

/** What backup.json says of a name and of times, all of one day. */
const on = (day: string, name: string, start: string, end?: string) => ({
  backupName: `sample-${name}`,
  backupStartTime: `${day}T${start}`,
  ...(end !== undefined && { backupEndTime: `${day}T${end}` }),
});

/** IDs are fixed, so that documented queries work on every fresh sample. */
export const SAMPLE_BACKUPS: readonly SampleBackup[] = [
  {
    ...sqlServer,
    backupId: '3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50',
    manifest: { ...on('2026-01-04', 'weekly-full', '02:00:00', '02:12:41'), ...full, ...auto },
    files: ['shop.bak', 'crm.bak', '订单库.bak', 'my db.bak'],
  },
  {
    ...sqlServer,
    backupId: '5c9e4d2a-1f86-4b37-8a5d-2e3f4a5b6c71',
    manifest: {
      ...on('2026-01-05', 'daily-incremental', '02:00:00', '02:01:09'),
      ...incremental,
      ...auto,
    },
    files: ['shop.diff', '订单库.diff'],
  },
  {
    ...sqlServer,
    backupId: '7e1a3b5c-9d2f-4e68-b0c4-3f4a5b6c7d82',
    manifest: {
      ...on('2026-01-06', 'failed', '02:00:00', '02:00:03'),
      ...incremental,
      ...auto,
      backupStatus: 'ERROR',
    },
    files: [],
  },
  {
    ...sqlServer,
    backupId: '9b3d5f70-2c4e-4a81-9c6b-4a5b6c7d8e93',
    manifest: {
      ...on('2026-01-07', 'building', '15:14:07'),
      ...building,
      backupType: 'full',
      backupUnit: 'database',
    },
    files: [],
  },
  {
    ...mySql,
    backupId: '8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f',
    manifest: { ...on('2026-01-06', 'daily', '03:00:00'), ...auto, backupMethod: 'physical' },
    files: ['8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f.xbstream'],
  },
  {
    ...mySql,
    backupId: 'b2c4d6e8-3a5f-4c17-8e29-5b6c7d8e9fa4',
    manifest: {
      ...on('2026-01-07', 'building', '03:00:00'),
      ...building,
      backupMethod: 'physical',
    },
    files: [],
  },
  {
    ...mariaDb,
    backupId: 'c4e6f8a0-5b7d-4e39-9f4b-6c7d8e9fa0b5',
    manifest: { ...on('2026-01-06', 'daily', '04:00:00'), ...auto },
    files: ['c4e6f8a0-5b7d-4e39-9f4b-6c7d8e9fa0b5.xbstream'],
  },
  {
    ...percona,
    backupId: 'd6f80a2c-7e9b-4f5d-8a6c-7d8e9fa0b1c6',
    manifest: { ...on('2026-01-06', 'before-upgrade', '05:00:00'), ...manual },
    files: ['d6f80a2c-7e9b-4f5d-8a6c-7d8e9fa0b1c6.xbstream'],
  },
  {
    ...deletedSqlServer,
    backupId: 'e8a01c3e-9f2b-4a7d-9b8e-8e9fa0b1c2d7',
    manifest: {
      ...on('2025-12-20', 'retained', '02:00:00', '02:04:30'),
      ...full,
      ...manual,
      engine: 'SQL Server',
    },
    files: ['archive.bak'],
  },
  {
    ...deletedMySql,
    backupId: 'fa1b2c4d-6e8f-4b9c-8d0e-9fa0b1c2d3e8',
    manifest: { ...on('2025-12-21', 'retained', '03:00:00'), ...manual, engine: 'MySQL' },
    files: ['fa1b2c4d-6e8f-4b9c-8d0e-9fa0b1c2d3e8.xbstream'],
  },
];
