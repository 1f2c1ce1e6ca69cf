import { beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/closing.js';
import {
  startEmbedded,
  writeBackup,
  writeInstance,
  type TestEmbedded,
} from '../helpers/embedded.js';
import { startProduct } from '../helpers/product.js';
import { backupsOf, linksOf } from '../helpers/signed-call.js';

const SQL = { regionId: 'cn-north-1', instanceId: 'sqlserver-1', backupId: 'sqlbk-1' };
const MYSQL = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'mybk-1' };
const SHA256 = 'a'.repeat(64);
const GBK = Buffer.concat([Buffer.from([0xb6, 0xa9, 0xb5, 0xa5]), Buffer.from('.bak')]);
const GBK_TOO = Buffer.concat([Buffer.from([0xbf, 0xcd, 0xbb, 0xa7]), Buffer.from('.bak')]);

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

interface Row {
  readonly backupStatus: string;
  readonly backupFiles: readonly string[];
  readonly backupFileSizeByte: readonly (number | null)[];
  readonly backupSizeByte?: number;
  readonly unavailableFiles?: readonly string[];
}

async function rowOf({ origin }: TestEmbedded, key: typeof SQL): Promise<Row> {
  const { body } = await backupsOf(origin, key);
  expect(body.result.backup).toHaveLength(1);
  return body.result.backup[0];
}

const warnings = ({ lines }: TestEmbedded) => lines(40);

const nothing = (): Promise<void> => Promise.resolve();

const digest = { sha256: SHA256, version: '1' };

describe('what belongs to a SQL Server backup and cannot be served', () => {
  it.each<[string, object | undefined, (files: string) => Promise<unknown>, string[]]>([
    [
      'files that backupFiles names and that are missing',
      { backupFiles: ['shop.bak', 'crm.bak', 'hr.bak'] },
      nothing,
      ['crm.bak', 'hr.bak'],
    ],
    [
      'objects that are missing, told apart where their last names are equal',
      { objects: ['a/shop.bak', 'a/crm.bak', 'b/crm.bak'] },
      nothing,
      ['a_crm.bak', 'b_crm.bak'],
    ],
    [
      'a file with a digest that was deleted',
      { checksums: { 'shop.bak': digest, 'crm.bak': digest } },
      nothing,
      ['crm.bak'],
    ],
    [
      'files with names that are not UTF-8, each of them',
      undefined,
      async (files) => {
        for (const name of [GBK, GBK_TOO]) {
          await writeFile(Buffer.concat([Buffer.from(`${files}/`), name]), '0');
        }
      },
      ['\\xB6\\xA9\\xB5\\xA5.bak', '\\xBF\\xCD\\xBB\\xA7.bak'],
    ],
    [
      'symbolic links, wherever they lead',
      undefined,
      async (files) => {
        await symlink('shop.bak', join(files, 'copy.bak'));
        await symlink('/nowhere', join(files, 'lost.bak'));
      },
      ['copy.bak', 'lost.bak'],
    ],
    [
      'folders, but for those of file systems',
      undefined,
      async (files) => {
        await mkdir(join(files, 'part2'));
        await mkdir(join(files, '@eaDir'));
        await mkdir(join(files, 'lost+found'));
      },
      ['part2'],
    ],
    [
      'the whole folder, where it is a symbolic link',
      undefined,
      async (files) => {
        await rm(files, { recursive: true });
        await symlink(folder, files);
      },
      ['files'],
    ],
  ])('%s: is listed, logged once, and has no link', async (_, manifest, prepare, unavailable) => {
    await writeInstance(folder, SQL, { engine: 'SQL Server' });
    const files = await writeBackup(folder, SQL, {
      manifest: { ...manifest },
      files: { 'shop.bak': '01234' },
    });
    await prepare(files);
    const upstream = await startEmbedded(folder);
    const hasShop = !unavailable.includes('files');
    const row = await rowOf(upstream, SQL);
    expect(row).toMatchObject({
      backupStatus: 'COMPLETED',
      backupFiles: [...(hasShop ? ['shop.bak'] : []), ...unavailable],
      backupFileSizeByte: [...(hasShop ? [5] : []), ...unavailable.map(() => null)],
      unavailableFiles: unavailable,
    });
    expect(row.backupSizeByte).toBeUndefined();
    for (const fileName of unavailable) {
      const { status, body } = await linksOf(upstream.origin, SQL, { fileName });
      expect([status, body.result]).toEqual([200, { publicURL: '', internalURL: '' }]);
    }
    if (hasShop) {
      const { publicURL } = (await linksOf(upstream.origin, SQL, { fileName: 'shop.bak' })).body
        .result;
      expect(await (await fetch(publicURL)).text()).toBe('01234');
    }
    await rowOf(upstream, SQL);
    expect(warnings(upstream)).toEqual([
      expect.objectContaining({
        backup: `${SQL.regionId}/${SQL.instanceId}/${SQL.backupId}`,
        count: unavailable.length,
      }),
    ]);
  });

  it('is no longer missing once it is there', async () => {
    await writeInstance(folder, SQL, { engine: 'SQL Server' });
    const files = await writeBackup(folder, SQL, {
      manifest: { backupFiles: ['shop.bak', 'crm.bak'] },
      files: { 'shop.bak': '01234' },
    });
    const upstream = await startEmbedded(folder);
    expect((await rowOf(upstream, SQL)).unavailableFiles).toEqual(['crm.bak']);
    await writeFile(join(files, 'crm.bak'), '567');
    const row = await rowOf(upstream, SQL);
    expect(row).toMatchObject({ backupFiles: ['crm.bak', 'shop.bak'], backupSizeByte: 8 });
    expect(row.unavailableFiles).toBeUndefined();
  });

  it('is no news while the backup is being built', async () => {
    await writeInstance(folder, SQL, { engine: 'SQL Server' });
    const manifest = { backupStatus: 'BUILDING', backupFiles: ['shop.bak', 'crm.bak'] };
    await writeBackup(folder, SQL, { manifest, files: { 'shop.bak': '01234' } });
    const upstream = await startEmbedded(folder);
    expect(await rowOf(upstream, SQL)).toMatchObject({ unavailableFiles: ['crm.bak'] });
    expect(warnings(upstream)).toEqual([]);
  });

  it('is not a file that was renamed', async () => {
    await writeInstance(folder, SQL, { engine: 'SQL Server' });
    const manifest = { checksums: { 'old.bak': digest } };
    await writeBackup(folder, SQL, { manifest, files: { 'shop.bak': '01234' } });
    expect(await rowOf(await startEmbedded(folder), SQL)).not.toHaveProperty('unavailableFiles');
  });
});

it.each<[string, object, Record<string, string>, string[]]>([
  ['is missing', { backupFiles: ['a.xbstream'] }, {}, ['a.xbstream']],
  ['lacks a part', { backupFiles: ['a.gz', 'b.gz'] }, { 'a.gz': '0' }, ['b.gz']],
])('a MySQL set that %s says so, and has no link', async (_, manifest, files, unavailable) => {
  await writeInstance(folder, MYSQL, { engine: 'MySQL' });
  await writeBackup(folder, MYSQL, { manifest, files });
  const upstream = await startEmbedded(folder);
  const row = await rowOf(upstream, MYSQL);
  expect(row).toMatchObject({ unavailableFiles: unavailable });
  expect(row.backupFiles).toBeUndefined();
  const { body } = await linksOf(upstream.origin, MYSQL);
  expect(body.result).toEqual({ publicURL: '', internalURL: '' });
});

it('one backup id under two instances leads to the file of the one that is asked for', async () => {
  const twins = ['mysql-1', 'mysql-2'].map((instanceId) => ({ ...MYSQL, instanceId }));
  for (const twin of twins) {
    await writeInstance(folder, twin, { engine: 'MySQL' });
    await writeBackup(folder, twin, { files: { 'dump.sql': `of ${twin.instanceId}` } });
  }
  const product = await startProduct({ EMBEDDED_DIR: folder });
  for (const { regionId, instanceId, backupId } of twins) {
    const { data, errors } = await product.query(
      `{ backup(id: "${regionId}/${instanceId}/${backupId}") { downloadURL { ... on DownloadLink { publicURL } } } }`,
    );
    expect(errors).toEqual([]);
    const response = await fetch(data.backup.downloadURL.publicURL as string);
    expect(await response.text()).toBe(`of ${instanceId}`);
  }
});
