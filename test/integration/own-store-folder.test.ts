import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { runCli } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/closing.js';
import { writeBackup } from '../helpers/embedded.js';
import { addToFolder, folderStore } from '../helpers/own-store.js';
import { SHIPPED } from '../helpers/product-process.js';

const MIB = 1024 * 1024;
const KEYS = ['--region', 'cn-north-1', '--instance', 'mysql-1', '--engine', 'mariadb'];
const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'b-1' };

let folder: string;
let dir: string;
let dump: string;

beforeEach(async () => {
  folder = temporaryFolder();
  dir = join(folder, 'data');
  dump = join(folder, 'dump.sql');
  await mkdir(dir);
});

const add = (...args: string[]) =>
  addToFolder([...KEYS, '--backup-id', 'b-1', '--file', 'dump.sql', ...args], {
    dir,
    cwd: folder,
  });
const stored = (...path: string[]) => join(dir, 'cn-north-1', 'mysql-1', 'b-1', ...path);

describe('a file that is added to the folder', () => {
  it.each([
    ['at its end', async (path: string) => truncate(path, 64 * MIB)],
    [
      'in the middle',
      async (path: string) => {
        await truncate(path, 48 * MIB);
        await appendFile(path, 'end');
      },
    ],
  ])('keeps its holes: %s', async (_, makeHole) => {
    await writeFile(dump, 'beginning');
    await makeHole(dump);
    await add();
    const [original, copy] = await Promise.all([stat(dump), stat(stored('files', 'dump.sql'))]);
    expect(copy.size).toBe(original.size);
    expect(copy.blocks * 512).toBeLessThan(MIB);
    const bytes = await readFile(stored('files', 'dump.sql'));
    expect(bytes.equals(await readFile(dump))).toBe(true);
  });
});

describe('the owner of a folder', () => {
  let env: Record<string, string>;
  beforeEach(() => {
    env = { EMBEDDED_DIR: dir, PORT: '4000' };
  });

  async function run(...args: string[]) {
    const { code, stdout, stderr } = await runCli(args, { env, cwd: folder });
    return { code, out: stdout, err: stderr };
  }

  it('sees where a backup was written, its size, and where the page shows it', async () => {
    await writeFile(dump, Buffer.alloc(1536));
    const { code, out } = await run('add', ...KEYS, '--backup-id', 'b-1', '--file', 'dump.sql');
    expect(code).toBe(0);
    expect(out).toContain('Added cn-north-1/mysql-1/b-1\n');
    expect(out).toContain(`Written to ${stored()} (1.50 KiB)\n`);
    expect(out).toContain(`dump.sql  1536 bytes  SHA-256 ${hash('sha256', Buffer.alloc(1536))}\n`);
    expect(out).toContain(
      'Page: http://127.0.0.1:4000/#region=cn-north-1&instance=mysql-1&backup=b-1\n',
    );
  });

  it.each([
    ['https://backups.example', 'https://backups.example/#region='],
    ['https://example.com/backups/graphql', 'https://example.com/backups/#region='],
    ['http://127.0.0.1:5000/', 'http://127.0.0.1:5000/#region='],
  ])('sees where the page shows it with BACKUPS_URL=%s', async (url, page) => {
    await writeFile(dump, 'rows');
    env = { ...env, BACKUPS_URL: url };
    const { out } = await run('add', ...KEYS, '--backup-id', 'b-1', '--file', 'dump.sql');
    expect(out).toContain(`Page: ${page}cn-north-1&instance=mysql-1&backup=b-1\n`);
  });

  it('is reported where EMBEDDED_DIR leads to no folder', async () => {
    env = { EMBEDDED_DIR: join(dir, 'nope') };
    expect(await run('own')).toMatchObject({ code: 2, err: expect.stringContaining('no such') });
    expect(await readdir(dir)).toEqual([]);
  });

  it('is told to set EMBEDDED_DIR where there is no default folder', async () => {
    const elsewhere = { cwd: dir, env: { PATH: process.env['PATH'] } };
    const { stderr } = await promisify(execFile)(SHIPPED.backups, ['own'], elsewhere);
    expect(stderr).toMatch(/no folder .*data\/data yet\. .*set EMBEDDED_DIR to its folder\./);
  });

  it('sees everything that is wrong, and that nothing was added', async () => {
    const { code, err } = await run('add', '--region', 'a b', '--engine', 'MySQL');
    expect(code).toBe(2);
    for (const part of ['--region', '--instance', '--file', 'Nothing was added']) {
      expect(err).toContain(part);
    }
  });

  it('lists what is there, with its times in UTC, what it lacks, and why it is unreadable', async () => {
    await writeFile(dump, 'rows');
    await add();
    const put = (instanceId: string, backupId: string, manifest: object | string, files = {}) =>
      writeBackup(dir, { ...KEY, instanceId, backupId }, { manifest, files });
    await put('old-1', 'b-2', { backupStartTime: '2026-01-07 15:14:07' }, { 'x.bak': 'x' });
    const incomplete = { backupStartTime: '2026-01-07T15:14:07Z', backupFiles: ['x.bak', 'y.bak'] };
    await put('sql-1', 'b-3', incomplete, { 'x.bak': 'x' });
    await put('sql-1', 'b-4', '{"backupName": 5}');
    const rows = (await run('own', '--json')).out.trim().split('\n');
    expect(rows.map((row) => JSON.parse(row))).toMatchObject([
      {
        id: 'cn-north-1/mysql-1/b-1',
        status: 'COMPLETED',
        files: [{ name: 'dump.sql', sizeBytes: 4, sha256: hash('sha256', 'rows') }],
      },
      {
        id: 'cn-north-1/old-1/b-2',
        status: 'RETAINED',
        startedAt: '2026-01-07T07:14:07Z',
        files: [{ name: 'x.bak', sha256: null }],
      },
      {
        id: 'cn-north-1/sql-1/b-3',
        startedAt: '2026-01-07T15:14:07Z',
        sizeBytes: null,
        unavailableFiles: ['y.bak'],
      },
      { id: 'cn-north-1/sql-1/b-4' },
    ]);
    const { out: set } = await run('own', '--instance', 'mysql-1');
    expect(set).toMatch(/^BACKUP +ENGINE +STATUS +STARTED +SIZE +FILES\n.*\/b-1 .*Z +4 B +-\n$/);
    const { out, err } = await run('own', '--instance', 'sql-1');
    expect(out).toMatch(/sql-1\/b-3 .* 2026-01-07 15:14:07Z .* 1 of 2\n/);
    expect(out).toMatch(/sql-1\/b-4 .* UNREADABLE/);
    expect(out).not.toMatch(/mysql-1|old-1/);
    expect(err).toContain('cn-north-1/sql-1/b-4/backup.json: invalid JSON manifest');
    expect(err).toContain('backupName: ');
  });

  it('removes one after confirming', async () => {
    await writeFile(dump, 'rows');
    await add();
    const id = 'cn-north-1/mysql-1/b-1';
    const asked = await run('remove', id);
    expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('give --yes')]);
    expect(await readdir(stored('files'))).toEqual(['dump.sql']);
    const removed = await run('remove', id, '--yes');
    expect(removed).toMatchObject({ code: 0, out: `Removed ${id} (4 B, files: 1)\n` });
    expect(await readdir(join(dir, 'cn-north-1', 'mysql-1'))).toEqual(['instance.json']);
    expect((await run('remove', id, '--yes')).code).toBe(4);
    expect((await run('remove', '../../etc', '--yes')).code).toBe(2);
  });

  it('finds no half of a backup whose removal was broken off', async () => {
    await writeFile(dump, 'rows');
    await add();
    const uuid = '8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f';
    const left = join(dir, 'cn-north-1', 'mysql-1', `.removing-999999999@elsewhere.${uuid}`);
    await mkdir(join(left, 'files'), { recursive: true });
    const ids: string[] = [];
    for await (const backups of folderStore(dir).list({})) {
      ids.push(...backups.map(({ key }) => key.backupId));
    }
    expect(ids).toEqual(['b-1']);
  });
});
