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

export const SAMPLE_INSTANCES: readonly SampleInstance[] = [
  {
    ...sqlServer,
    manifest: {
      ...common,
      engine: 'SQL Server',
      engineVersion: '2017',
      instanceName: 'sample-sqlserver',
      azId: ['cn-north-1a'],
    },
  },
  {
    ...mySql,
    manifest: {
      ...common,
      engine: 'MySQL',
      engineVersion: '8.0',
      instanceName: 'sample-mysql',
      azId: ['cn-north-1a', 'cn-north-1b'],
    },
  },
  {
    ...mariaDb,
    manifest: {
      ...common,
      engine: 'MariaDB',
      engineVersion: '10.3',
      instanceName: 'sample-mariadb',
      azId: ['cn-east-2a'],
    },
  },
  {
    ...percona,
    manifest: {
      ...common,
      engine: 'Percona',
      engineVersion: '5.7',
      instanceName: 'sample-percona',
      azId: ['cn-east-2a'],
    },
  },
];

/** IDs are fixed, so that documented queries work on every fresh sample. */
export const SAMPLE_BACKUPS: readonly SampleBackup[] = [
  {
    ...sqlServer,
    backupId: '3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50',
    manifest: {
      backupName: 'sample-weekly-full',
      backupStartTime: '2026-01-04T02:00:00',
      backupEndTime: '2026-01-04T02:12:41',
      backupType: 'full',
      backupMode: 'auto',
      backupUnit: 'instance',
    },
    files: ['shop.bak', 'crm.bak', '订单库.bak', 'my db.bak'],
  },
  {
    ...sqlServer,
    backupId: '5c9e4d2a-1f86-4b37-8a5d-2e3f4a5b6c71',
    manifest: {
      backupName: 'sample-daily-incremental',
      backupStartTime: '2026-01-05T02:00:00',
      backupEndTime: '2026-01-05T02:01:09',
      backupType: 'diff',
      backupMode: 'auto',
      backupUnit: 'instance',
    },
    files: ['shop.diff', '订单库.diff'],
  },
  {
    ...sqlServer,
    backupId: '7e1a3b5c-9d2f-4e68-b0c4-3f4a5b6c7d82',
    manifest: {
      backupName: 'sample-failed',
      backupStatus: 'ERROR',
      backupStartTime: '2026-01-06T02:00:00',
      backupEndTime: '2026-01-06T02:00:03',
      backupType: 'diff',
      backupMode: 'auto',
      backupUnit: 'instance',
    },
    files: [],
  },
  {
    ...sqlServer,
    backupId: '9b3d5f70-2c4e-4a81-9c6b-4a5b6c7d8e93',
    manifest: {
      backupName: 'sample-building',
      backupStatus: 'BUILDING',
      backupStartTime: '2026-01-07T15:14:07',
      backupType: 'full',
      backupMode: 'manual',
      backupUnit: 'database',
    },
    files: [],
  },
  {
    ...mySql,
    backupId: '8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f',
    manifest: {
      backupName: 'sample-daily',
      backupStartTime: '2026-01-06T03:00:00',
      backupMode: 'auto',
      backupMethod: 'physical',
    },
    files: ['8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f.xbstream'],
  },
  {
    ...mySql,
    backupId: 'b2c4d6e8-3a5f-4c17-8e29-5b6c7d8e9fa4',
    manifest: {
      backupName: 'sample-building',
      backupStatus: 'BUILDING',
      backupStartTime: '2026-01-07T03:00:00',
      backupMode: 'manual',
      backupMethod: 'physical',
    },
    files: [],
  },
  {
    ...mariaDb,
    backupId: 'c4e6f8a0-5b7d-4e39-9f4b-6c7d8e9fa0b5',
    manifest: {
      backupName: 'sample-daily',
      backupStartTime: '2026-01-06T04:00:00',
      backupMode: 'auto',
    },
    files: ['c4e6f8a0-5b7d-4e39-9f4b-6c7d8e9fa0b5.xbstream'],
  },
  {
    ...percona,
    backupId: 'd6f80a2c-7e9b-4f5d-8a6c-7d8e9fa0b1c6',
    manifest: {
      backupName: 'sample-before-upgrade',
      backupStartTime: '2026-01-06T05:00:00',
      backupMode: 'manual',
    },
    files: ['d6f80a2c-7e9b-4f5d-8a6c-7d8e9fa0b1c6.xbstream'],
  },
  {
    ...deletedSqlServer,
    backupId: 'e8a01c3e-9f2b-4a7d-9b8e-8e9fa0b1c2d7',
    manifest: {
      engine: 'SQL Server',
      backupName: 'sample-retained',
      backupStartTime: '2025-12-20T02:00:00',
      backupEndTime: '2025-12-20T02:04:30',
      backupType: 'full',
      backupMode: 'manual',
      backupUnit: 'instance',
    },
    files: ['archive.bak'],
  },
  {
    ...deletedMySql,
    backupId: 'fa1b2c4d-6e8f-4b9c-8d0e-9fa0b1c2d3e8',
    manifest: {
      engine: 'MySQL',
      backupName: 'sample-retained',
      backupStartTime: '2025-12-21T03:00:00',
      backupMode: 'manual',
    },
    files: ['fa1b2c4d-6e8f-4b9c-8d0e-9fa0b1c2d3e8.xbstream'],
  },
];
