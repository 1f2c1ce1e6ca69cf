import { describe, expect, it } from '@jest/globals';
import type { Backup } from '../../../../src/domain/backup.js';
import { createOperations } from '../../../../src/upstream/operations/create-operations.js';
import { filesOf } from '../../../helpers/backups.js';
import { backupRow, mySqlBackupRow, SQL_INSTANCE } from '../../../helpers/upstream-rows.js';

const { describeBackups } = createOperations({ timeZone: '+08:00' });
const operation = describeBackups({
  regionId: 'cn-north-1',
  instanceId: SQL_INSTANCE,
  pageNumber: 1,
});

function read(row: unknown): Backup | undefined {
  return operation.parse({ backup: [row], totalCount: 1 }).backups[0];
}

describe('a row of describeBackups', () => {
  it('is read field by field', () => {
    expect(read(backupRow())).toEqual({
      id: `cn-north-1/${SQL_INSTANCE}/0a2bd2ba-1c4f-4a7d-9c51-3c4f5d1e0001`,
      regionId: 'cn-north-1',
      instanceId: SQL_INSTANCE,
      backupId: '0a2bd2ba-1c4f-4a7d-9c51-3c4f5d1e0001',
      name: 'nightly',
      engine: 'SQL_SERVER',
      status: 'COMPLETED',
      mode: 'AUTO',
      type: 'FULL',
      unit: 'INSTANCE',
      startedAt: new Date('2020-01-07T07:14:07Z'),
      endedAt: new Date('2020-01-07T07:20:07Z'),
      sizeBytes: 53_687_091_200,
      files: filesOf('shop.bak', 'crm.bak'),
      unavailableFileCount: 0,
    });
  });

  it('may hold nothing but an ID', () => {
    expect(read({ backupId: 'bk-1' })).toEqual({
      id: `cn-north-1/${SQL_INSTANCE}/bk-1`,
      regionId: 'cn-north-1',
      instanceId: SQL_INSTANCE,
      backupId: 'bk-1',
      name: null,
      engine: null,
      status: null,
      mode: null,
      type: null,
      unit: null,
      startedAt: null,
      endedAt: null,
      sizeBytes: null,
      files: [],
      unavailableFileCount: 0,
    });
  });

  const NO_SIZE = 'backupSizeByte is not a size';
  // Missing values and those of future upstream versions are not reported.
  it.each<[field: string, value: unknown, key: keyof Backup, read: unknown, reported?: string]>([
    ['backupStatus', 'completed', 'status', 'COMPLETED'],
    ['backupStatus', 'DELETE_ERROR', 'status', 'DELETE_ERROR'],
    ['backupStatus', 'RETAINED', 'status', 'RETAINED'],
    ['backupStatus', 'MOVING', 'status', null],
    ['backupStatus', 7, 'status', null],
    ['backupStatus', 'constructor', 'status', null],
    ['backupMode', 'Automated', 'mode', 'AUTO'],
    ['backupMode', 'MANUAL', 'mode', 'MANUAL'],
    ['backupMode', 'weekly', 'mode', null],
    ['backupType', 'Full', 'type', 'FULL'],
    ['backupType', 'diff', 'type', 'INCREMENTAL'],
    ['backupType', 'log', 'type', null],
    ['backupUnit', 'DATABASE', 'unit', 'DATABASE'],
    ['backupUnit', {}, 'unit', null],
    ['backupName', 7, 'name', null],
    ['backupName', '', 'name', null],
    ['engine', 'SQL Server', 'engine', 'SQL_SERVER'],
    ['engine', 'SQLServer', 'engine', 'SQL_SERVER'],
    ['engine', 'sql-server', 'files', filesOf('shop.bak', 'crm.bak')],
    ['engine', 'Oracle', 'engine', null],
    ['backupStartTime', '0000-00-00 00:00:00', 'startedAt', null],
    ['backupStartTime', 'yesterday', 'startedAt', null, 'backupStartTime is not a time'],
    ['backupEndTime', 7, 'endedAt', null, 'backupEndTime is not a time'],
    ['backupEndTime', '', 'endedAt', null],
    ['backupSizeByte', 0, 'sizeBytes', 0],
    ['backupSizeByte', '53687091200', 'sizeBytes', 53_687_091_200],
    ['backupSizeByte', Number.MAX_SAFE_INTEGER, 'sizeBytes', Number.MAX_SAFE_INTEGER],
    ['backupSizeByte', Number.MAX_SAFE_INTEGER + 1, 'sizeBytes', null, NO_SIZE],
    ['backupSizeByte', '9007199254740993', 'sizeBytes', null, NO_SIZE],
    ['backupSizeByte', -1, 'sizeBytes', null, NO_SIZE],
    ['backupSizeByte', 1.5, 'sizeBytes', null, NO_SIZE],
    ['backupSizeByte', '1e3', 'sizeBytes', null, NO_SIZE],
    ['backupSizeByte', '', 'sizeBytes', null],
    ['backupFiles', null, 'files', []],
    ['backupFiles', 'shop.bak', 'files', [], 'backupFiles is not a list'],
    [
      'backupFiles',
      ['a.bak', 7, null, '', ' b.bak ', '\ud800.bak', '库😀.bak'],
      'files',
      filesOf('a.bak', ' b.bak ', '库😀.bak'),
      'backupFiles contains an invalid file name',
    ],
    ['instanceId', null, 'instanceId', SQL_INSTANCE],
  ])('with %s %j has as %s %j', (field, value, key, expected, ...reported) => {
    const row = backupRow({ [field]: value });
    const reasons: unknown[] = [];
    const page = operation.parse({ backup: [row], totalCount: 1 }, ({ reason }) =>
      reasons.push(reason),
    );
    expect(page.backups[0]?.[key]).toEqual(expected);
    expect(reasons).toEqual(reported);
  });

  it.each(['MySQL', 'MariaDB', 'Percona', 'PostgreSQL'])(
    'of %s has no files, type or unit',
    (engine) => {
      expect(read(backupRow({ engine }))).toMatchObject({ files: [], type: null, unit: null });
    },
  );

  it('tells the files its store lacks', () => {
    const row = { unavailableFiles: ['crm.bak', 'crm.bak'] };
    expect(read(backupRow(row))).toMatchObject({
      files: [...filesOf('shop.bak'), { name: 'crm.bak', sizeBytes: null, available: false }],
      unavailableFileCount: 1,
    });
    const mySql = { engine: 'MySQL', unavailableFiles: ['dump.sql'] };
    expect(read(backupRow(mySql))).toMatchObject({ files: [], unavailableFileCount: 1 });
    expect(read(backupRow({ unavailableFiles: 'crm.bak' }))?.unavailableFileCount).toBe(0);
  });

  it('keeps its files if the engine is unknown', () => {
    expect(read(backupRow({ engine: undefined }))).toMatchObject({
      engine: null,
      files: filesOf('shop.bak', 'crm.bak'),
    });
  });

  it.each<[unknown, unknown, unknown[]]>([
    [
      ['a.bak', 'b.bak'],
      [5, 2 ** 40],
      [
        ['a.bak', 5],
        ['b.bak', 2 ** 40],
      ],
    ],
    [
      ['a.bak', '', 'b.bak'],
      [5, 6, '7'],
      [
        ['a.bak', 5],
        ['b.bak', 7],
      ],
    ],
    [
      ['a.bak', 'b.bak'],
      [5],
      [
        ['a.bak', 5],
        ['b.bak', null],
      ],
    ],
    [
      ['a.bak', 'b.bak'],
      [-1, 1.5],
      [
        ['a.bak', null],
        ['b.bak', null],
      ],
    ],
    [['a.bak'], 'five', [['a.bak', null]]],
  ])('has files %j of the sizes %j', (backupFiles, backupFileSizeByte, files) => {
    const backup = read(backupRow({ backupFiles, backupFileSizeByte }));
    expect(backup?.files.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual(files);
  });

  it.each([
    ['null', null],
    ['text', 'row'],
    ['a list', []],
    ['a row without an id', backupRow({ backupId: undefined })],
    ['a row with an empty id', backupRow({ backupId: '' })],
    ['a row with a number for an id', backupRow({ backupId: 7 })],
    ['a row with a path for an id', backupRow({ backupId: '../x' })],
    ['a row of another instance', mySqlBackupRow()],
  ])('is skipped, without losing the page, if it is %s', (_, row) => {
    const page = operation.parse({ backup: [row, backupRow({ backupId: 'bk-2' })], totalCount: 9 });

    expect(page.backups.map(({ backupId }) => backupId)).toEqual(['bk-2']);
    expect(page).toMatchObject({ rowCount: 2, totalCount: 9 });
  });

  it('is counted in one report per list, with the first reason', () => {
    const reports: object[] = [];
    const rows = [
      null,
      backupRow({ backupId: '' }),
      backupRow({ backupFiles: [1, 2], backupSizeByte: -1 }),
      backupRow(),
    ];
    operation.parse({ backup: rows, totalCount: 4 }, (unreadable) => reports.push(unreadable));

    expect(reports).toEqual([{ rows: 2, values: 3, reason: 'a row is not an object' }]);
  });
});
