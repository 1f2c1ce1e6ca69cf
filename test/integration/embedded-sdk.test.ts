import { hash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../helpers/closing.js';
import { startEmbedded } from '../helpers/embedded.js';
import { officialSdk } from '../helpers/official-sdk.js';

const REGION = 'cn-north-1';
const SQL_SERVER = 'sqlserver-83uqv7avy4';
const SQL_BACKUP = '3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50';
const MYSQL_BACKUP = '8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f';

const folder = temporaryFolder();
const upstream = await startEmbedded(`${folder}/data`);
const sdk = officialSdk(upstream.origin);

describe('the official SDK against the embedded upstream', () => {
  it('lists the instances of a region', async () => {
    const { result } = await sdk.describeInstances({ pageNumber: 1, pageSize: 10 }, REGION);
    expect(result.dbInstances.map((i: { engine: string }) => i.engine)).toEqual([
      'MySQL',
      'SQL Server',
    ]);
    expect(result.totalCount).toBe(2);
  });

  it('filters instances', async () => {
    const filters = [{ name: 'engine', operator: 'eq', values: ['SQL Server'] }];
    const { result } = await sdk.describeInstances(
      { pageNumber: 1, pageSize: 10, filters },
      REGION,
    );
    expect(result.dbInstances).toHaveLength(1);
    expect(result.dbInstances[0].instanceId).toBe(SQL_SERVER);
  });

  it('describes one instance', async () => {
    const { result } = await sdk.describeInstanceAttributes({ instanceId: SQL_SERVER }, REGION);
    expect(result.dbInstanceAttributes.engine).toBe('SQL Server');
  });

  it('lists backups, newest first', async () => {
    const query = { instanceId: SQL_SERVER, pageNumber: 1, pageSize: 10 };
    const { result } = await sdk.describeBackups(query, REGION);
    expect(result.backup.map((b: { backupStatus: string }) => b.backupStatus)).toEqual([
      'BUILDING',
      'ERROR',
      'COMPLETED',
      'COMPLETED',
    ]);
  });

  it('gets a link of a SQL Server file that serves the file', async () => {
    const query = { backupId: SQL_BACKUP, fileName: '订单库.bak', urlExpirationSecond: '60' };
    const { result } = await sdk.describeBackupDownloadURL(query, REGION);
    const response = await fetch(result.publicURL as string);
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/^订单库\.bak: This is sample data/);
  });

  it('gets a link of a MySQL backup that serves the backup', async () => {
    const { result } = await sdk.describeBackupDownloadURL({ backupId: MYSQL_BACKUP }, REGION);
    const response = await fetch(result.internalURL as string);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('sample data');
  });

  it('ignores the members that the cloud does not have', async () => {
    const backups = await sdk.describeBackups(
      { instanceId: SQL_SERVER, pageNumber: 1, pageSize: 10 },
      REGION,
    );
    const { backupFiles, backupFileSizeByte } = backups.result.backup.at(-1);
    expect(backupFiles).toHaveLength(backupFileSizeByte.length);
    const query = { backupId: SQL_BACKUP, fileName: 'shop.bak' };
    const { result } = await sdk.describeBackupDownloadURL(query, REGION);
    const body = Buffer.from(await (await fetch(result.publicURL as string)).arrayBuffer());
    expect(result).toMatchObject({
      fileSizeByte: body.length,
      fileSha256: hash('sha256', body),
    });
    expect(backupFileSizeByte[backupFiles.indexOf('shop.bak')]).toBe(body.length);
  });

  it('is rejected with a wrong secret', async () => {
    const stranger = officialSdk(upstream.origin, 'WRONG');
    await expect(stranger.describeInstances({}, REGION)).rejects.toMatchObject({
      error: { code: 401, status: 'UNAUTHENTICATED' },
    });
  });

  it('reads rejections as errors of the API', async () => {
    await expect(
      sdk.describeBackupDownloadURL({ backupId: SQL_BACKUP }, REGION),
    ).rejects.toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT' } });
    await expect(
      sdk.describeInstanceAttributes({ instanceId: 'mysql-none' }, REGION),
    ).rejects.toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
  });
});
