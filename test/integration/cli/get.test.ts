import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../../helpers/closing.js';
import { type CliRun, linesOf, runCli } from '../../helpers/cli.js';
import { realClock } from '../../helpers/downloading.js';
import { writeBackup, writeInstance } from '../../helpers/embedded.js';
import { startProduct } from '../../helpers/product.js';
import { SECRET_AUTH, secretToken } from '../../helpers/tokens.js';

const SQL = { regionId: 'cn-north-1', instanceId: 'sqlserver-aaaaaaaaaa' };
const MYSQL = { regionId: 'cn-north-1', instanceId: 'mysql-bbbbbbbbbb' };
const SQL_ID = `${SQL.regionId}/${SQL.instanceId}`;
const MYSQL_ID = `${MYSQL.regionId}/${MYSQL.instanceId}`;
const SHOP = 'shop'.repeat(50_000);

const folder = temporaryFolder();
const dir = join(folder, 'data');
await writeInstance(dir, SQL, { engine: 'SQL Server' });
await writeInstance(dir, MYSQL, { engine: 'MySQL' });
const at = (hour: number, fields: object = {}) => ({
  manifest: { backupStartTime: `2026-11-25T0${hour}:00:00`, ...fields },
});
await writeBackup(
  dir,
  { ...SQL, backupId: 'full' },
  { ...at(1), files: { 'shop.bak': SHOP, 'con.bak': 'c', '订单.bak': 'o' } },
);
await writeBackup(
  dir,
  { ...SQL, backupId: 'named' },
  { ...at(0), files: { "\u0003'; touch ran #.bak": 'x', 'a b.bak': 'y' } },
);
await writeBackup(
  dir,
  { ...SQL, backupId: 'partial' },
  {
    ...at(0, { backupFiles: ['a.bak', 'gone.bak', 'b.bak', 'c.bak'] }),
    files: { 'a.bak': 'a', 'b.bak': 'b', 'c.bak': 'c' },
  },
);
await writeBackup(dir, { ...SQL, backupId: 'building' }, at(3, { backupStatus: 'BUILDING' }));
await writeBackup(dir, { ...SQL, backupId: 'failed' }, at(2, { backupStatus: 'ERROR' }));
await writeBackup(
  dir,
  { ...MYSQL, backupId: 'set' },
  { ...at(1), files: { 'dump.sql.gz': 'a set' } },
);
await writeBackup(dir, { ...MYSQL, backupId: 'gone' }, at(4));
const product = await startProduct({ ...SECRET_AUTH, EMBEDDED_DIR: dir });

/** The engine measures by its pauses how long a line stands still: they take their time. */
const { sleep } = realClock;

const settings = async (token?: string) => ({
  BACKUPS_URL: product.origin,
  BACKUPS_TOKEN: token ?? (await secretToken()),
});

/** Runs it in a folder of its own, and tells what is there afterwards. */
async function get(
  args: readonly string[],
  token?: string,
): Promise<CliRun & { cwd: string; names: string[] }> {
  const cwd = await mkdtemp(join(folder, 'here-'));
  const ran = await runCli(['get', ...args], { env: await settings(token), cwd, sleep });
  return { ...ran, cwd, names: (await readdir(cwd, { recursive: true })).sort() };
}

describe('backups get', () => {
  it('takes the latest backup that can be downloaded, and says what is newer', async () => {
    const { code, stderr, stdout, names, cwd } = await get([
      `${SQL_ID}/latest`,
      '--file',
      'shop.bak',
    ]);
    expect({ code, stdout, names }).toEqual({ code: 0, stdout: '', names: ['shop.bak'] });
    expect(await readFile(join(cwd, 'shop.bak'), 'utf8')).toBe(SHOP);
    expect(stderr).toContain(`${SQL_ID}/full`);
    expect(stderr).toMatch(/still in progress: .*\/building[\s\S]*failed: .*\/failed/);
    expect(stderr).toMatch(/[0-9a-f]{64}/);
    expect(stderr).not.toContain('Signature=');
  });

  it('takes all files of a backup, into a folder', async () => {
    const { code, names } = await get([`${SQL_ID}/full`, '--all', '-o', 'restore/']);
    expect(code).toBe(0);
    expect(names.filter((name) => name.endsWith('.bak'))).toHaveLength(3);
  });

  it('takes what is there of a backup that lacks a file, names the file, and does not end well', async () => {
    const { code, names, stderr } = await get([`${SQL_ID}/partial`, '--all']);
    expect({ code, names }).toEqual({ code: 4, names: ['a.bak', 'b.bak', 'c.bak'] });
    expect(stderr).toMatch(/gone\.bak: The store does not have/);
    expect(linesOf(stderr).at(-1)).toMatch(/1 of 4 files failed/);
    const one = await get([`${SQL_ID}/partial`, '--file', 'gone.bak']);
    expect(one).toMatchObject({ code: 4, names: [] });
    const listed = await runCli(['list', SQL_ID], { env: await settings() });
    expect(listed.stdout).toMatch(/partial .* 3 of 4/);
  });

  it('has the names that `backups files` lists', async () => {
    const env = await settings();
    const { code, stdout, stderr } = await runCli(['files', `${SQL_ID}/partial`], { env });
    expect(code).toBe(0);
    expect(linesOf(stdout).map((line) => line.split(/ +/))).toEqual([
      ['FILE', 'TYPE', 'SIZE', 'STATE', 'DATABASE'],
      ['a.bak', 'FULL', '1', 'B', 'available', 'a'],
      ['b.bak', 'FULL', '1', 'B', 'available', 'b'],
      ['c.bak', 'FULL', '1', 'B', 'available', 'c'],
      ['gone.bak', 'FULL', '-', 'missing', 'gone'],
    ]);
    expect(stderr).toContain('1 of its files are missing');
    const json = await runCli(['files', `${SQL_ID}/partial`, '--json'], { env });
    expect(linesOf(json.stdout).map((line) => JSON.parse(line).name)).toContain('gone.bak');
    const set = await runCli(['files', `${MYSQL_ID}/set`], { env });
    expect(set).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('backups get'),
    });
  });

  it.each(['building', 'failed'])('has the reason why `backups files` has none: %s', async (id) => {
    const { code, stderr } = await get([`${SQL_ID}/${id}`]);
    const files = await runCli(['files', `${SQL_ID}/${id}`], { env: await settings() });
    expect(files).toEqual({ code, stdout: '', stderr });
  });

  it('takes some of them, each once', async () => {
    const files = ['--file', 'shop.bak', '--file', '订单.bak', '--file', 'shop.bak'];
    expect((await get([`${SQL_ID}/full`, ...files])).names).toEqual(['shop.bak', '订单.bak']);
  });

  it('takes the whole set of the MySQL family', async () => {
    const { code, names, cwd } = await get([`${MYSQL_ID}/set`, '--quiet']);
    expect({ code, names }).toEqual({ code: 0, names: ['dump.sql.gz'] });
    expect(await readFile(join(cwd, 'dump.sql.gz'), 'utf8')).toBe('a set');
  });

  it('tells a program what happens, a JSON object a line', async () => {
    const { code, stdout } = await get([`${MYSQL_ID}/set`, '--json']);
    expect(code).toBe(0);
    const events = linesOf(stdout).map((line) => JSON.parse(line));
    expect(events.length).toBeGreaterThan(1);
    expect(stdout).not.toContain('Signature=');
  });

  it.each([
    [[`${SQL_ID}/full`], 2, /several files: give --all, or --file with .*shop\.bak/],
    [[`${SQL_ID}/named`], 2, /--file with .*\$'\\003\\047; touch ran #\.bak', 'a b\.bak'/],
    [[`${SQL_ID}/full`, '--all', '--file', 'shop.bak'], 2, /exclude each other/],
    [[`${SQL_ID}/full`, '--all', '-o', '-'], 2, /takes one file/],
    [[`${SQL_ID}/full`, '--all', '--parallel', '0'], 2, /--parallel is out of range/],
    [[`${SQL_ID}/full`, '--all', '--retries', 'many'], 2, /--retries is out of range/],
    [[`${SQL_ID}/full`, '--all', '--timeout', 'never'], 2, /--timeout is not a duration/],
    [[`${SQL_ID}/full`, '--all', '--limit-rate', 'fast'], 2, /--limit-rate is not a rate/],
    [[`${SQL_ID}/full`, '--file', 'none.bak'], 4, /has no such file; it has/],
    [[`${MYSQL_ID}/set`, '--file', 'dump.sql.gz'], 2, /leave out --file/],
    [[`${SQL_ID}/building`], 4, /still in progress: run `backups wait/],
    [[`${SQL_ID}/failed`], 4, /failed and has no files/],
    [[`${MYSQL_ID}/gone`], 4, /complete but has no link.*cold storage/],
    [[`${SQL_ID}/none`], 4, /begins with none/],
  ])('%j ends with %d and leaves nothing', async (args, code, message) => {
    const run = await get(args);
    expect(run).toMatchObject({ code, stdout: '', names: [] });
    expect(linesOf(run.stderr).at(-1)).toMatch(message);
  });

  it('ends with the code for it where a right is missing', async () => {
    const run = await get([`${MYSQL_ID}/set`], await secretToken({ scope: 'backups:read' }));
    expect(run).toMatchObject({ code: 3, names: [] });
    expect(run.stderr).toContain('backups:download');
  });

  it('leaves a file of the same name with other bytes alone', async () => {
    const cwd = await mkdtemp(join(folder, 'here-'));
    await writeFile(join(cwd, 'dump.sql.gz'), 'other bytes');
    const ran = await runCli(['get', `${MYSQL_ID}/set`], { env: await settings(), cwd, sleep });
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('--overwrite') });
    expect(await readFile(join(cwd, 'dump.sql.gz'), 'utf8')).toBe('other bytes');
  });
});
