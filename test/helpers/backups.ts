import type { Backup, BackupFile } from '../../src/domain/backup.js';
import { formatBackupId } from '../../src/domain/ids.js';

/** Files with these names and unknown sizes. */
export function filesOf(...names: readonly string[]): BackupFile[] {
  return names.map((name) => ({ name, sizeBytes: null, available: true }));
}

/** A completed backup; `facts` replace its own. */
export function backupOf(facts: Partial<Backup> = {}): Backup {
  const key = {
    regionId: 'cn-north-1',
    instanceId: 'sqlserver-83uqv7avy4',
    backupId: '3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50',
    ...facts,
  };
  return {
    name: null,
    engine: null,
    status: 'COMPLETED',
    mode: 'AUTO',
    type: null,
    unit: null,
    startedAt: new Date('2026-11-20T02:00:00Z'),
    endedAt: null,
    sizeBytes: null,
    files: [],
    unavailableFileCount: 0,
    ...key,
    id: formatBackupId(key),
  };
}
