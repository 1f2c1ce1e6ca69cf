import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { BackupLinkDocument, BackupPageDocument } from '../generated/operations.js';
import { temporaryFolder } from '../helpers/closing.js';
import { writeBackup, writeInstance, sampleBelow } from '../helpers/embedded.js';
import { startProduct } from '../helpers/product.js';

const REGION = 'cn-north-1';
const SQL_BACKUP = 'sqlserver-83uqv7avy4/3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50';
const MYSQL_BACKUP = 'mysql-wp4e9ztap2/8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f';

const folder = temporaryFolder();
const product = await startProduct({ EMBEDDED_DIR: await sampleBelow(folder) });

const stored = (backup: string, file: string) =>
  readFile(join(folder, 'data', REGION, backup, 'files', file));

async function download(link: string | null | undefined): Promise<Buffer> {
  const response = await fetch(link ?? '');
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

describe('on the sample created by the first start', () => {
  it.each(['shop.bak', 'crm.bak', '订单库.bak', 'my db.bak'])(
    'a link of the SQL Server file %s delivers its bytes over both networks',
    async (fileName) => {
      const { data, errors } = await product.query(BackupLinkDocument, {
        id: `${REGION}/${SQL_BACKUP}`,
        fileName,
        expiresIn: 600,
      });
      expect(errors).toEqual([]);
      const { publicURL, internalURL, expiresAt } = data.backup!.downloadURL!;
      const bytes = await stored(SQL_BACKUP, fileName);
      expect(await download(publicURL)).toEqual(bytes);
      expect(await download(internalURL)).toEqual(bytes);
      expect(Math.abs(Date.parse(expiresAt!) - Date.now() - 600_000)).toBeLessThan(10_000);
    },
  );

  it('the link of a MySQL backup delivers its bytes', async () => {
    const { data } = await product.query(BackupLinkDocument, { id: `${REGION}/${MYSQL_BACKUP}` });
    const link = data.backup?.downloadURL;
    expect(link?.__typename).toBe('MySqlBackupDownloadURL');
    const file = `${MYSQL_BACKUP.split('/')[1]!}.xbstream`;
    expect(await download(link?.publicURL)).toEqual(await stored(MYSQL_BACKUP, file));
  });

  it('every listed backup has a link or says that it has none now', async () => {
    const { data } = await product.query(BackupPageDocument, {
      regionId: REGION,
      instanceId: 'mysql-wp4e9ztap2',
    });
    const answers = await Promise.all(
      data.backups!.nodes.map(({ id }) => product.query(BackupLinkDocument, { id })),
    );
    const links = answers.map(({ data: { backup } }) => [
      backup?.status,
      backup?.downloadURL?.available,
    ]);
    expect(links).toEqual([
      ['BUILDING', false],
      ['COMPLETED', true],
    ]);
  });
});

describe('file names', () => {
  const key = { regionId: REGION, instanceId: 'sqlserver-names', backupId: 'names-1' };
  const names = [
    'a+b.bak',
    'a b.bak',
    '50%off.bak',
    '50%25off.bak',
    'x&y=1.bak',
    "o'neil(1)!*.bak",
    '库😀.diff',
    'caf\u00e9.bak',
    'cafe\u0301.bak',
    'a#b?c.bak',
    'a\\b;c,d~e@f:g$h[i].bak',
  ];
  const bytesOf = (name: string) => Buffer.from(`the bytes of ${name}`);

  beforeAll(async () => {
    const dir = join(folder, 'data');
    await writeInstance(dir, key, { engine: 'SQL Server' });
    const files = Object.fromEntries(names.map((name) => [name, bytesOf(name)]));
    await writeBackup(dir, key, { manifest: {}, files });
  });

  it('are listed as written, each with a link to its own bytes', async () => {
    const { data, errors } = await product.query(
      'query ($id: ID!) { backup(id: $id) { files { name downloadURL { publicURL } } } }',
      { id: `${REGION}/${key.instanceId}/${key.backupId}` },
    );
    expect(errors).toEqual([]);
    const files: { name: string; downloadURL: { publicURL: string } }[] = data.backup.files;
    expect(files.map(({ name }) => name).sort()).toEqual([...names].sort());
    for (const { name, downloadURL } of files) {
      expect([name, await download(downloadURL.publicURL)]).toEqual([name, bytesOf(name)]);
    }
  });
});

describe('the pages for people', () => {
  it('include a query editor at /graphql with a query to run', async () => {
    const response = await fetch(`${product.origin}/graphql`, {
      headers: { accept: 'text/html' },
    });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    expect(page).toContain('query FirstLink');
    expect(page).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/);
  });
});
