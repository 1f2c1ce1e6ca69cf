import { hash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../helpers/closing.js';
import { startEmbedded } from '../helpers/embedded.js';
import { officialSdk } from '../helpers/official-sdk.js';

const REGION = 'cn-north-1';
const SQL_SERVER = 'sqlserver-83uqv7avy4';
const SQL_BACKUP = '3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50';
const MYSQL_BACKUP = '8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f';
const PAGE = { pageNumber: 1, pageSize: 10 };

const upstream = await startEmbedded(`${temporaryFolder()}/data`);
const sdk = officialSdk(upstream.origin);

async function bytesAt(link: string): Promise<Buffer> {
  const response = await fetch(link);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

describe('the official SDK against the embedded upstream', () => {
  it('lists, filters and describes instances', async () => {
    const { result } = await sdk.describeInstances(PAGE, REGION);
    expect(result).toMatchObject({
      dbInstances: [{ engine: 'MySQL' }, { engine: 'SQL Server' }],
      totalCount: 2,
    });
    const filters = [{ name: 'engine', operator: 'eq', values: ['SQL Server'] }];
    const filtered = await sdk.describeInstances({ ...PAGE, filters }, REGION);
    expect(filtered.result.dbInstances).toMatchObject([{ instanceId: SQL_SERVER }]);
    const one = await sdk.describeInstanceAttributes({ instanceId: SQL_SERVER }, REGION);
    expect(one.result.dbInstanceAttributes.engine).toBe('SQL Server');
  });

  it('gets links of a SQL Server file, and ignores the members that the cloud does not have', async () => {
    const { result } = await sdk.describeBackups({ ...PAGE, instanceId: SQL_SERVER }, REGION);
    const { backupFiles, backupFileSizeByte } = result.backup.at(-1);
    expect(backupFiles).toHaveLength(backupFileSizeByte.length);
    const fileName = '订单库.bak';
    const query = { backupId: SQL_BACKUP, fileName, urlExpirationSecond: '60' };
    const link = (await sdk.describeBackupDownloadURL(query, REGION)).result;
    const body = await bytesAt(link.publicURL);
    expect(body.toString()).toMatch(/^订单库\.bak: This is sample data/);
    expect(link).toMatchObject({ fileSizeByte: body.length, fileSha256: hash('sha256', body) });
    expect(backupFileSizeByte[backupFiles.indexOf(fileName)]).toBe(body.length);
  });

  it('gets a link of a MySQL backup that serves the backup, by localhost too', async () => {
    const { result } = await sdk.describeBackupDownloadURL({ backupId: MYSQL_BACKUP }, REGION);
    expect((await bytesAt(result.internalURL)).toString()).toContain('sample data');
  });

  it.each([
    [401, 'UNAUTHENTICATED', 'WRONG', { instanceId: SQL_SERVER }],
    [404, 'NOT_FOUND', undefined, { instanceId: 'mysql-none' }],
  ])('reads a rejection as an error of the API: %d', async (code, status, secret, query) => {
    await expect(
      officialSdk(upstream.origin, secret).describeInstanceAttributes(query, REGION),
    ).rejects.toMatchObject({ error: { code, status } });
  });
});
