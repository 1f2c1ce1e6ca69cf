import { describe, expect, it } from '@jest/globals';
import { ZodError } from 'zod';
import type { LinkRequest } from '../../../../src/domain/link.js';
import { createOperations } from '../../../../src/upstream/operations/create-operations.js';
import { describeBackupDownloadUrl } from '../../../../src/upstream/operations/describe-backup-download-url.js';
import { encodePath, encodeQuery } from '../../../../src/upstream/sign.js';
import type { ApiOperation } from '../../../../src/upstream/operation.js';
import { instanceRow, mySqlInstanceRow, SQL_INSTANCE } from '../../../helpers/upstream-rows.js';

const { describeBackups, describeInstances, describeInstanceAttributes } = createOperations({
  timeZone: '+08:00',
});
const regionId = 'cn-north-1';
const instanceId = SQL_INSTANCE;
const backup = { regionId, instanceId, backupId: 'bk-1' };

const linkOf = (request: Partial<LinkRequest>, form: 'resource' | 'action' = 'resource') =>
  describeBackupDownloadUrl({ backup, ...request }, form);

function target({ path, query }: ApiOperation<unknown>): string {
  return `${encodePath(path)}?${encodeQuery(query)}`;
}

describe('the request of an operation', () => {
  it.each<[string, ApiOperation<unknown>, string]>([
    ['a whole backup', linkOf({}), '/v1/regions/cn-north-1/backups/bk-1/downloadURLs?'],
    [
      'one file for a minute',
      linkOf({ fileName: 'a b.bak', lifetime: 60 }),
      '/v1/regions/cn-north-1/backups/bk-1/downloadURLs?fileName=a%20b.bak&urlExpirationSecond=60',
    ],
    [
      'a lifetime of a day, in plain digits',
      linkOf({ lifetime: 86_400 }),
      '/v1/regions/cn-north-1/backups/bk-1/downloadURLs?urlExpirationSecond=86400',
    ],
    [
      'the action form',
      linkOf({ fileName: 'a.bak' }, 'action'),
      '/v1/regions/cn-north-1/backups/bk-1%3AdescribeBackupDownloadURL?fileName=a.bak',
    ],
    [
      'a page of backups',
      describeBackups({ regionId, instanceId, pageNumber: 3 }),
      `/v1/regions/cn-north-1/backups?instanceId=${SQL_INSTANCE}&pageNumber=3&pageSize=100`,
    ],
    [
      'a page of instances',
      describeInstances({ regionId, pageNumber: 1 }),
      '/v1/regions/cn-north-1/instances?pageNumber=1&pageSize=100',
    ],
    [
      'one instance',
      describeInstanceAttributes({ regionId, instanceId }),
      `/v1/regions/cn-north-1/instances/${SQL_INSTANCE}?`,
    ],
  ])('is %s', (_, operation, expected) => {
    expect(target(operation)).toBe(expected);
  });

  it.each<[string, () => unknown]>([
    ['a backup id', () => linkOf({ backup: { ...backup, backupId: '../../instances/x' } })],
    ['an instance id', () => describeBackups({ regionId, instanceId: 'a/b', pageNumber: 1 })],
    ['an instance id', () => describeInstanceAttributes({ regionId, instanceId: '..' })],
    ['a region', () => describeInstances({ regionId: 'cn-north-1/..', pageNumber: 1 })],
  ])('is rejected with a path as %s', (_, build) => {
    expect(build).toThrow(expect.objectContaining({ code: 'INVALID_ID' }));
  });

  it.each(['', '\udc00.bak'])('is rejected with %j as a file name', (fileName) => {
    expect(() => linkOf({ fileName })).toThrow(
      expect.objectContaining({ code: 'FILE_NOT_IN_BACKUP' }),
    );
  });
});

describe('the result of describeBackupDownloadURL', () => {
  const operation = linkOf({});

  it.each([
    [{ publicURL: '', internalURL: '' }, null, null],
    [{ publicURL: '' }, null, null],
    [{ internalURL: null }, null, null],
    [{ publicUrl: 'https://oss.example/k', internalURL: '' }, null, null],
    [{ publicURL: 'https://oss.example/k' }, 'https://oss.example/k', null],
    [{ internalURL: 'https://oss.example/k' }, null, 'https://oss.example/k'],
    [
      { publicURL: null, internalURL: 'http://int.example/x?sig=1' },
      null,
      'http://int.example/x?sig=1',
    ],
    [
      { publicURL: 'HTTPS://Oss.Example:443/a b/%7e?Sig=a+b/c==#x', internalURL: '' },
      'HTTPS://Oss.Example:443/a b/%7e?Sig=a+b/c==#x',
      null,
    ],
  ])('passes %j on byte for byte, or null', (result, publicUrl, internalUrl) => {
    const nothing = { sizeBytes: null, sha256: null };
    expect(operation.parse(result)).toEqual({ publicUrl, internalUrl, ...nothing });
  });

  it.each([
    [{ fileSizeByte: 0, fileSha256: 'A'.repeat(64) }, 0, 'a'.repeat(64)],
    [{ fileSizeByte: 2 ** 50 }, 2 ** 50, null],
    [{ fileSizeByte: -1, fileSha256: 'a'.repeat(63) }, null, null],
    [{ fileSizeByte: 1.5, fileSha256: 7 }, null, null],
    [{ fileSizeByte: null, fileSha256: null }, null, null],
  ])('reads the file properties in %j', (told, sizeBytes, sha256) => {
    const result = { publicURL: 'https://oss.example/k', ...told };
    expect(operation.parse(result)).toMatchObject({ sizeBytes, sha256 });
  });

  it.each([
    null,
    undefined,
    'https://oss.example/k',
    {},
    [],
    { publicUrl: 'https://oss.example/k' },
    { publicurl: 'https://oss.example/k', InternalURL: '' },
    { downloadURL: 'https://oss.example/k' },
    { publicURL: 7 },
    { publicURL: `https://oss.example/${'k'.repeat(8192)}` },
    { publicURL: true, internalURL: '' },
    { publicURL: ['https://oss.example/k'] },
    { publicURL: ' ' },
    { publicURL: '', internalURL: '\n' },
    { publicURL: '/relative' },
    { publicURL: '//oss.example/k' },
    { publicURL: 'ftp://oss.example/k' },
    { publicURL: 'javascript:alert(1)' },
    { publicURL: ' https://oss.example/k' },
    { publicURL: 'https://' },
    { publicURL: 'https://oss.example/k\r\nX: y' },
    { publicURL: 'https://oss.example/k', internalURL: 'file:///etc/passwd' },
  ])('rejects %j', (result) => {
    expect(() => operation.parse(result)).toThrow(ZodError);
  });
});

describe('a page', () => {
  it('has its total as a number or as text', () => {
    for (const totalCount of [7, '7', '007']) {
      const result = { backup: [], dbInstances: [], totalCount };
      expect(backups.parse(result).totalCount).toBe(7);
      expect(instances.parse(result).totalCount).toBe(7);
    }
  });

  const backups = describeBackups({ regionId, instanceId, pageNumber: 1 });
  const instances = describeInstances({ regionId, pageNumber: 1 });

  it.each([
    [backups, { totalCount: 0 }],
    [backups, { backup: null, totalCount: 0 }],
    [instances, { dbInstances: [], totalCount: 0 }],
  ])('without rows is empty (%#)', (operation, result) => {
    expect(operation.parse(result)).toMatchObject({ rowCount: 0, totalCount: 0 });
  });

  it.each([
    undefined,
    null,
    [],
    { backup: [], dbInstances: [] },
    { backup: {}, dbInstances: {}, totalCount: 1 },
    { backup: [], dbInstances: [], totalCount: 'one' },
    { backup: [], dbInstances: [], totalCount: '' },
    { backup: [], dbInstances: [], totalCount: '-1' },
    { backup: [], dbInstances: [], totalCount: '1.5' },
    { backup: [], dbInstances: [], totalCount: -1 },
    { backup: [], dbInstances: [], totalCount: 1.5 },
  ])('rejects %j', (result) => {
    expect(() => backups.parse(result)).toThrow(ZodError);
    expect(() => instances.parse(result)).toThrow(ZodError);
  });

  it.each([
    [2_147_483_647, 2_147_483_647],
    [2_147_483_648, 2_147_483_647],
    [Number.MAX_SAFE_INTEGER, 2_147_483_647],
    [1e300, 2_147_483_647],
  ])('with a total of %d is read as one of %d', (totalCount, told) => {
    expect(backups.parse({ backup: [], totalCount }).totalCount).toBe(told);
    expect(instances.parse({ dbInstances: [], totalCount }).totalCount).toBe(told);
  });

  it('of instances skips unreadable rows', () => {
    const rows = [
      null,
      instanceRow(),
      mySqlInstanceRow({ instanceId: 'a/b' }),
      mySqlInstanceRow({ engine: 'mysql' }),
    ];
    const reports: object[] = [];
    const page = instances.parse({ dbInstances: rows, totalCount: 4 }, (report) =>
      reports.push(report),
    );

    expect(page.instances.map(({ engine }) => engine)).toEqual(['SQL_SERVER', 'MYSQL']);
    expect(page).toMatchObject({ rowCount: 4, totalCount: 4 });
    expect(reports).toEqual([{ rows: 2, values: 0, reason: 'a row is not an object' }]);
  });
});

describe('the result of describeInstanceAttributes', () => {
  const operation = describeInstanceAttributes({ regionId, instanceId });

  it('is read field by field', () => {
    expect(
      operation.parse({ dbInstanceAttributes: instanceRow({ instanceStorageGB: 20 }) }),
    ).toEqual({
      id: `cn-north-1/${SQL_INSTANCE}`,
      regionId,
      instanceId,
      name: 'orders',
      engine: 'SQL_SERVER',
      engineVersion: '2016',
      status: 'RUNNING',
      createdAt: new Date('2019-05-01T00:00:00Z'),
    });
  });

  it('is read without an invalid time', () => {
    const reasons: unknown[] = [];
    const row = instanceRow({ createTime: 'May 2019' });
    const instance = operation.parse({ dbInstanceAttributes: row }, ({ reason }) =>
      reasons.push(reason),
    );

    expect(instance.createdAt).toBeNull();
    expect(reasons).toEqual(['createTime is not a time']);
  });

  it('may lack everything but the ID', () => {
    expect(operation.parse({ dbInstanceAttributes: { instanceId } })).toMatchObject({
      name: null,
      engine: null,
      createdAt: null,
    });
  });

  it.each([
    null,
    {},
    { dbInstanceAttributes: null },
    { dbInstanceAttributes: {} },
    { dbInstanceAttributes: mySqlInstanceRow() },
  ])('rejects %j', (result) => {
    expect(() => operation.parse(result)).toThrow(ZodError);
  });
});
