import { beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../helpers/closing.js';
import {
  refusalOf,
  startEmbedded,
  type TestEmbedded,
  type TestEmbeddedOptions,
  writeBackup,
  writeInstance,
} from '../helpers/embedded.js';
import { asNormalUser } from '../helpers/normal-user.js';
import { startProduct } from '../helpers/product.js';
import { backupsOf, linksOf, signedCall } from '../helpers/signed-call.js';

const MYSQL = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'mybk-1' };
const SQL = { regionId: 'cn-north-1', instanceId: 'sqlserver-1', backupId: 'sqlbk-1' };
const CLUTTER = {
  '.DS_Store': 'x',
  '._dump.sql.gz': 'x',
  'Thumbs.db': 'x',
  'thumbs.DB': 'x',
  'Desktop.ini': 'x',
  '.dump.sql.gz.Xa3f9Q': 'x',
  '.nfs0000000000a1b2c3': 'x',
  '.bak': 'x',
};

let folder: string;
let dir: string;

beforeEach(async () => {
  folder = temporaryFolder();
  dir = join(folder, 'data');
  await mkdir(dir);
  // For tests as another user.
  await chmod(folder, 0o755);
});

const start = (options?: TestEmbeddedOptions) => startEmbedded(dir, options);
const warnings = ({ lines }: Pick<TestEmbedded, 'lines'>) => lines(40);

describe('unrelated files', () => {
  it('are not listed, counted or handed out beside files', async () => {
    await writeInstance(dir, SQL, { engine: 'SQL Server' });
    await writeBackup(dir, SQL, { files: { ...CLUTTER, 'shop.bak': '01234', 'x~': '5' } });
    const upstream = await start();
    const { body } = await backupsOf(upstream.origin, SQL);
    expect(body.result.backup).toMatchObject([
      { backupFiles: ['shop.bak', 'x~'], backupSizeByte: 6 },
    ]);
    for (const fileName of Object.keys(CLUTTER)) {
      const { status } = await linksOf(upstream.origin, SQL, { fileName });
      expect([fileName, status]).toEqual([fileName, 400]);
    }
  });

  it('and folders of file systems and desktops are nothing at any level', async () => {
    await writeInstance(dir, MYSQL, { engine: 'MySQL' });
    await writeBackup(dir, MYSQL, { files: { dump: '0' } });
    const names = ['.stfolder', 'lost+found', '@eaDir', '.Trash-1000', '$RECYCLE.BIN', 'a b'];
    const levels = [[], [MYSQL.regionId], [MYSQL.regionId, MYSQL.instanceId]];
    for (const level of levels) {
      for (const name of names)
        await mkdir(join(dir, ...level, name, 'files'), { recursive: true });
      await writeFile(join(dir, ...level, '.DS_Store'), 'x');
      await writeFile(join(dir, ...level, 'notes'), 'x');
    }
    const upstream = await start();
    expect((await backupsOf(upstream.origin, MYSQL)).body.result.totalCount).toBe(1);
    const path = ['v1', 'regions', MYSQL.regionId, 'instances'];
    expect((await signedCall<any>(upstream.origin, path)).body.result.totalCount).toBe(1);
    expect(warnings(upstream)).toEqual([]);
  });
});

describe('an unreadable file', () => {
  it('is refused with its own status, and reported once with its path below the root', async () => {
    await writeInstance(dir, SQL, { engine: 'SQL Server' });
    const files = await writeBackup(dir, SQL, { files: { 'shop.bak': '01234' } });
    const upstream = await start();
    const { publicURL } = (await linksOf(upstream.origin, SQL, { fileName: 'shop.bak' })).body
      .result;
    await chmod(join(files, 'shop.bak'), 0);
    const refusals = await asNormalUser(async () => [
      await refusalOf(await fetch(publicURL)),
      await refusalOf(await fetch(publicURL)),
    ]);
    expect(refusals).toEqual([
      [403, 'FILE_NOT_READABLE'],
      [403, 'FILE_NOT_READABLE'],
    ]);
    await chmod(join(files, 'shop.bak'), 0o644);
    expect(await (await fetch(publicURL)).text()).toBe('01234');
    await upstream.close();
    expect(upstream.downloads.map(({ status }) => status)).toEqual([403, 403, 200]);
    expect(warnings(upstream)).toMatchObject([
      { file: 'cn-north-1/sqlserver-1/sqlbk-1/files/shop.bak', code: 'EACCES' },
    ]);
  });

  it.each([
    ['EPERM', 403, 'FILE_NOT_READABLE'],
    ['EISDIR', 404, 'NOT_FOUND'],
    ['ELOOP', 404, 'NOT_FOUND'],
    ['ENOENT', 404, 'NOT_FOUND'],
    ['ENXIO', 404, 'NOT_FOUND'],
    ['EMFILE', 503, 'UNAVAILABLE'],
    ['EIO', 500, 'INTERNAL'],
  ])('for %s is refused with %i %s, without its path', async (code, status, word) => {
    await writeInstance(dir, MYSQL, { engine: 'MySQL' });
    await writeBackup(dir, MYSQL, { files: { dump: '0' } });
    const upstream = await start({
      open: () => Promise.reject(Object.assign(new Error(`${code}: /secret`), { code })),
    });
    const response = await fetch((await linksOf(upstream.origin, MYSQL)).body.result.publicURL);
    expect(await response.clone().text()).not.toContain('/secret');
    expect(await refusalOf(response)).toEqual([status, word]);
  });
});

describe('what is opened is what was checked', () => {
  /** Puts a link to a folder outside in the place of another. */
  async function swap(path: string): Promise<void> {
    await rename(path, `${path}-away`);
    await symlink(join(folder, 'outside'), path);
  }

  async function swapBack(path: string): Promise<void> {
    await rm(path);
    await rename(`${path}-away`, path);
  }

  it.each([
    'the folder of files, for good',
    'the folder of files, and back',
    'a folder further up',
  ])('where a link takes the place of %s between both', async (what) => {
    await writeInstance(dir, MYSQL, { engine: 'MySQL' });
    const files = await writeBackup(dir, MYSQL, { files: { dump: '0123' } });
    await mkdir(join(folder, 'outside', 'files'), { recursive: true });
    for (const name of ['dump', 'files/dump']) {
      await writeFile(join(folder, 'outside', name), 'SECRET');
    }
    const swapped = what.endsWith('up') ? dirname(files) : files;
    let opened = 0;
    const upstream = await start({
      open: async (path, flags) => {
        opened += 1;
        await swap(swapped);
        const handle = await open(path, flags);
        if (what.endsWith('back')) await swapBack(swapped);
        return handle;
      },
    });
    const { publicURL } = (await linksOf(upstream.origin, MYSQL)).body.result;
    expect(await refusalOf(await fetch(publicURL))).toEqual([404, 'NOT_FOUND']);
    expect(opened).toBe(1);
  });
});

describe('folders that cannot be read while it runs', () => {
  const id = Object.values(MYSQL).join('/');
  const BACKUP = `{ backup(id: "${id}") { id } }`;
  const INSTANCE = `{ instance(regionId: "cn-north-1", instanceId: "mysql-1") { id } }`;

  beforeEach(async () => {
    await writeInstance(dir, MYSQL, { engine: 'MySQL' });
    await writeBackup(dir, MYSQL, { files: { dump: '0123' } });
  });

  it('are an error where EMBEDDED_DIR becomes a file, and answered again once it is back', async () => {
    const product = await startProduct({ EMBEDDED_DIR: dir, UPSTREAM_MAX_RETRIES: '0' });
    expect((await product.query(BACKUP)).data).toEqual({ backup: { id } });
    await rename(dir, `${dir}-away`);
    await writeFile(dir, '');
    for (const query of [BACKUP, INSTANCE]) {
      const { errors } = await product.query(query);
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_UNAVAILABLE']);
    }
    await rm(dir);
    await rename(`${dir}-away`, dir);
    expect((await product.query(BACKUP)).data).toEqual({ backup: { id } });
    const told = warnings(product).filter(({ msg }) => msg.includes('cannot read a folder'));
    expect(told).toMatchObject([{ file: '.' }]);
  });

  it.each([
    ['EMBEDDED_DIR', []],
    ['a region', [MYSQL.regionId]],
    ['an instance', [MYSQL.regionId, MYSQL.instanceId]],
  ])('are an error where %s is not ours to read', async (_, level) => {
    const upstream = await start();
    await chmod(join(dir, ...level), 0);
    const [list, link] = await asNormalUser(async () => [
      await backupsOf(upstream.origin, MYSQL),
      await linksOf(upstream.origin, MYSQL),
    ]);
    await chmod(join(dir, ...level), 0o755);
    expect([list.status, list.body.error.status]).toEqual([503, 'UNAVAILABLE']);
    expect([link.status, link.body.error.status]).toEqual([503, 'UNAVAILABLE']);
    expect(list.body.error.message).not.toContain(folder);
    expect((await backupsOf(upstream.origin, MYSQL)).status).toBe(200);
    expect(warnings(upstream)).toMatchObject([{ file: level.join('/') || '.', code: 'EACCES' }]);
  });

  it('cost a lookup only where what is looked for may be in one of them', async () => {
    await writeInstance(dir, { ...MYSQL, instanceId: 'mysql-2' }, { engine: 'MySQL' });
    const upstream = await start();
    const other = join(dir, MYSQL.regionId, 'mysql-2');
    await chmod(other, 0);
    const [known, unknown] = await asNormalUser(async () => [
      await linksOf(upstream.origin, MYSQL),
      await linksOf(upstream.origin, { ...MYSQL, backupId: 'mybk-9' }),
    ]);
    await chmod(other, 0o755);
    expect([known.status, unknown.status]).toEqual([200, 503]);
  });

  it('of one backup cost its files, and one warning', async () => {
    const upstream = await start();
    const files = join(dir, ...Object.values(MYSQL), 'files');
    await chmod(files, 0);
    const [first, second] = await asNormalUser(async () => [
      await backupsOf(upstream.origin, MYSQL),
      await backupsOf(upstream.origin, MYSQL),
    ]);
    await chmod(files, 0o755);
    expect([first.body.result.totalCount, second.body.result.totalCount]).toEqual([1, 1]);
    expect(warnings(upstream)).toMatchObject([
      { file: 'cn-north-1/mysql-1/mybk-1/files', code: 'EACCES' },
    ]);
  });
});
