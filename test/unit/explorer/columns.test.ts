import { describe, expect, it } from '@jest/globals';
import { columnsOf } from '../../../src/explorer/components/columns.js';
import type { BackupRowFragment } from '../../../src/explorer/generated/operations.js';

const BACKUP: BackupRowFragment = {
  id: 'cn-north-1/i/b',
  backupId: 'b',
  name: 'nightly',
  engine: 'MYSQL',
  status: 'COMPLETED',
  mode: 'AUTO',
  type: null,
  unit: null,
  startedAt: '2026-01-04T02:00:00.000Z',
  endedAt: '2026-01-04T02:10:00.000Z',
  sizeBytes: 7,
  viewerCanDownload: true,
  unavailableFileCount: 0,
  files: [],
};

describe('the columns of a list', () => {
  it('leave out values shared by every row, and show the others', () => {
    const other = { ...BACKUP, mode: 'MANUAL' } as const;
    expect(columnsOf([BACKUP, BACKUP], 'MYSQL')).toEqual([
      'backup',
      'status',
      'size',
      'startedAt',
      'endedAt',
      'actions',
    ]);
    expect(columnsOf([BACKUP, other], 'MYSQL')).toContain('type');
    expect(columnsOf([BACKUP, { ...BACKUP, engine: 'MARIADB' }], null)).toContain('engine');
  });

  it('leave out values missing from every row', () => {
    const bare = { ...BACKUP, engine: null, mode: null, sizeBytes: null, endedAt: null };
    expect(columnsOf([bare, bare], null)).toEqual(['backup', 'status', 'startedAt', 'actions']);
  });

  it('keep sizes and times, equal or not', () => {
    expect(columnsOf([BACKUP], 'MYSQL')).toEqual(
      expect.arrayContaining(['size', 'startedAt', 'endedAt']),
    );
  });
});
