import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/closing.js';
import {
  startEmbedded,
  writeBackup,
  writeInstance,
  type TestEmbedded,
} from '../helpers/embedded.js';
import { asNormalUser } from '../helpers/normal-user.js';
import { startProduct, type Product } from '../helpers/product.js';
import { linksOf, signedCall } from '../helpers/signed-call.js';

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
let closing: (() => Promise<void>)[];

beforeEach(async () => {
  closing = [];
  folder = temporaryFolder();
  dir = join(folder, 'data');
  await mkdir(dir);
  // For tests as another user.
  await chmod(folder, 0o755);
});

afterEach(async () => {
  for (const close of closing) await close();
});

async function start(options: Parameters<typeof startEmbedded>[1] = {}): Promise<TestEmbedded> {
  const upstream = await startEmbedded(dir, options);
  closing.push(() => upstream.close(0));
  return upstream;
}

async function startWhole(): Promise<Product> {
  const product = await startProduct({ EMBEDDED_DIR: dir, UPSTREAM_MAX_RETRIES: '0' });
  closing.push(() => product.close());
  return product;
}

async function listed({ origin }: TestEmbedded, instanceId: string) {
  const query = { instanceId, pageNumber: '1', pageSize: '100' };
  const path = ['v1', 'regions', MYSQL.regionId, 'backups'];
  return signedCall<any>(origin, path, { query });
}

async function refusal(response: Response): Promise<[number, string]> {
  const { error } = (await response.json()) as { error: { code: number; status: string } };
  return [error.code, error.status];
}

const warnings = ({ lines }: Pick<TestEmbedded, 'lines'>) => lines(40);

describe('unrelated files', () => {
  it('are not part of a whole set', async () => {
    await writeInstance(dir, MYSQL, { engine: 'MySQL' });
    await writeBackup(dir, MYSQL, { files: { ...CLUTTER, 'dump.sql.gz': '0123456789' } });
    const upstream = await start();
    const { body } = await listed(upstream, MYSQL.instanceId);
    expect(body.result.backup).toMatchObject([{ backupSizeByte: 10 }]);
    const { publicURL } = (await linksOf(upstream.origin, MYSQL)).body.result;
    expect(await (await fetch(publicURL)).text()).toBe('0123456789');
    expect(warnings(upstream)).toEqual([]);
  });

  it('are not listed, counted or handed out beside files', async () => {
    await writeInstance(dir, SQL, { engine: 'SQL Server' });
    await writeBackup(dir, SQL, { files: { ...CLUTTER, 'shop.bak': '01234', 'x~': '5' } });
    const upstream = await start();
    const { body } = await listed(upstream, SQL.instanceId);
    expect(body.result.backup).toMatchObject([
      { backupFiles: ['shop.bak', 'x~'], backupSizeByte: 6 },
    ]);
    for (const fileName of Object.keys(CLUTTER)) {
      const { status } = await linksOf(upstream.origin, SQL, { fileName });
      expect([fileName, status]).toEqual([fileName, 400]);
    }
  });

  it('do not hide the engine of a backup whose instance was removed', async () => {
    await writeBackup(dir, SQL, { files: { ...CLUTTER, 'shop.bak': '01234' } });
    const upstream = await start();
    const { body } = await listed(upstream, SQL.instanceId);
    expect(body.result.backup).toMatchObject([
      { backupStatus: 'RETAINED', backupFiles: ['shop.bak'] },
    ]);
  });

  it('appear once they have their name', async () => {
    await writeInstance(dir, MYSQL, { engine: 'MySQL' });
    const files = await writeBackup(dir, MYSQL, { files: { '.dump.sql.Xa3f9Q': '0123' } });
    const upstream = await start();
    expect((await linksOf(upstream.origin, MYSQL)).body.result.publicURL).toBe('');
    await rename(join(files, '.dump.sql.Xa3f9Q'), join(files, 'dump.sql'));
    expect((await linksOf(upstream.origin, MYSQL)).body.result.publicURL).not.toBe('');
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
    expect((await listed(upstream, MYSQL.instanceId)).body.result.totalCount).toBe(1);
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
      await refusal(await fetch(publicURL)),
      await refusal(await fetch(publicURL)),
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
  ])('for %s is refused with %i %s', async (code, status, word) => {
    await writeInstance(dir, MYSQL, { engine: 'MySQL' });
    await writeBackup(dir, MYSQL, { files: { dump: '0' } });
    const upstream = await start({
      open: () => Promise.reject(Object.assign(new Error(`${code}: /secret`), { code })),
    });
    const { publicURL } = (await linksOf(upstream.origin, MYSQL)).body.result;
    const response = await fetch(publicURL);
    const text = await response.clone().text();
    expect(await refusal(response)).toEqual([status, word]);
    expect(text).not.toContain('/secret');
  });
});

describe('what is opened is what was checked', () => {
  const outside = () => join(folder, 'outside');

  /** Puts a link to `outside` in the place of the folder of the files, or back. */
  async function swapped(files: string, act: () => Promise<void>): Promise<void> {
    await rename(files, `${files}-away`);
    await symlink(outside(), files);
    await act();
    await rm(files);
    await rename(`${files}-away`, files);
  }

  beforeEach(async () => {
    await writeInstance(dir, MYSQL, { engine: 'MySQL' });
    await mkdir(outside());
    await writeFile(join(outside(), 'dump'), 'SECRET');
  });

  it.each(['and stays so', 'and back'])(
    'where the folder becomes a link between both, %s',
    async (kind) => {
      const files = await writeBackup(dir, MYSQL, { files: { dump: '0123' } });
      let opened = 0;
      const upstream = await start({
        open: async (path, flags) => {
          opened += 1;
          if (kind === 'and back') {
            let handle = await open(path, flags);
            await swapped(files, async () => {
              await handle.close();
              handle = await open(path, flags);
            });
            return handle;
          }
          await rename(files, `${files}-away`);
          await symlink(outside(), files);
          return open(path, flags);
        },
      });
      const { publicURL } = (await linksOf(upstream.origin, MYSQL)).body.result;
      expect(await refusal(await fetch(publicURL))).toEqual([404, 'NOT_FOUND']);
      expect(opened).toBe(1);
    },
  );

  it('where a folder further up becomes one', async () => {
    await writeBackup(dir, MYSQL, { files: { dump: '0123' } });
    const backup = join(dir, MYSQL.regionId, MYSQL.instanceId, MYSQL.backupId);
    await mkdir(join(outside(), 'files'));
    await writeFile(join(outside(), 'files', 'dump'), 'SECRET');
    const upstream = await start({
      open: async (path, flags) => {
        await rename(backup, `${backup}-away`);
        await symlink(outside(), backup);
        return open(path, flags);
      },
    });
    const { publicURL } = (await linksOf(upstream.origin, MYSQL)).body.result;
    expect(await refusal(await fetch(publicURL))).toEqual([404, 'NOT_FOUND']);
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

  it.each<[string, () => Promise<void>]>([
    ['removed', () => rename(dir, `${dir}-away`)],
    [
      'a file',
      async () => {
        await rename(dir, `${dir}-away`);
        await writeFile(dir, '');
      },
    ],
  ])(
    'are an error where EMBEDDED_DIR is %s, and answered again once it is back',
    async (_, harm) => {
      const product = await startWhole();
      expect((await product.query(BACKUP)).data).toEqual({ backup: { id } });
      await harm();
      for (const query of [BACKUP, INSTANCE]) {
        const { errors } = await product.query(query);
        expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_UNAVAILABLE']);
      }
      await rm(dir, { force: true });
      await rename(`${dir}-away`, dir);
      expect((await product.query(BACKUP)).data).toEqual({ backup: { id } });
      const told = warnings(product).filter(({ msg }) => msg.includes('cannot read a folder'));
      expect(told).toMatchObject([{ file: '.' }]);
    },
  );

  it.each([
    ['EMBEDDED_DIR', []],
    ['a region', [MYSQL.regionId]],
    ['an instance', [MYSQL.regionId, MYSQL.instanceId]],
  ])('are an error where %s is not ours to read', async (_, level) => {
    const upstream = await start();
    await chmod(join(dir, ...level), 0);
    const [list, link] = await asNormalUser(async () => [
      await listed(upstream, MYSQL.instanceId),
      await linksOf(upstream.origin, MYSQL),
    ]);
    await chmod(join(dir, ...level), 0o755);
    expect([list.status, list.body.error.status]).toEqual([503, 'UNAVAILABLE']);
    expect([link.status, link.body.error.status]).toEqual([503, 'UNAVAILABLE']);
    expect(list.body.error.message).not.toContain(folder);
    expect((await listed(upstream, MYSQL.instanceId)).status).toBe(200);
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
      await listed(upstream, MYSQL.instanceId),
      await listed(upstream, MYSQL.instanceId),
    ]);
    await chmod(files, 0o755);
    expect([first.body.result.totalCount, second.body.result.totalCount]).toEqual([1, 1]);
    expect(warnings(upstream)).toMatchObject([
      { file: 'cn-north-1/mysql-1/mybk-1/files', code: 'EACCES' },
    ]);
  });
});
