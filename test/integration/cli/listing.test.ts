import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../../helpers/closing.js';
import { linesOf, runCli } from '../../helpers/cli.js';
import { writeBackup, writeInstance } from '../../helpers/embedded.js';
import { startProduct } from '../../helpers/product.js';

const HOSTILE = 'x\u001b]0;t\u0007 ok\r2026 DONE \u009b2J a\nb \u202egnp.bak';
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
const SQL = { regionId: 'cn-north-1', instanceId: 'sqlserver-aaaaaaaaaa' };
const SQL_ID = `${SQL.regionId}/${SQL.instanceId}`;

const folder = temporaryFolder();
const dir = join(folder, 'data');
await writeInstance(dir, SQL, { engine: 'SQL Server', instanceName: HOSTILE });
await writeInstance(
  dir,
  { regionId: 'cn-east-2', instanceId: 'mysql-bbbbbbbbbb' },
  { engine: 'MySQL', instanceName: '订单库' },
);
for (let i = 0; i < 120; i += 1) {
  await writeBackup(
    dir,
    { ...SQL, backupId: `b-${String(i).padStart(3, '0')}` },
    {
      manifest: {
        backupName: i === 7 ? HOSTILE : `nightly ${i}`,
        backupStatus: i % 40 === 39 ? 'ERROR' : 'COMPLETED',
        backupStartTime: new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 19),
      },
      files: { 'shop.bak': 'x', ...(i === 119 ? { '订单.bak': 'y' } : {}) },
    },
  );
}
const product = await startProduct({ EMBEDDED_DIR: dir });
const url = ['--url', product.origin];

const list = (...args: string[]) => runCli(['list', SQL_ID, ...args, ...url]);
const ids = (stdout: string) => linesOf(stdout).map((line) => JSON.parse(line).backupId as string);

describe('backups instances', () => {
  it('lists those of all regions, a line each, also without backups as its help says', async () => {
    expect((await runCli(['instances', '--help'])).stdout).toContain('also those without backups');
    const { code, stdout, stderr } = await runCli(['instances', ...url]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [titles, ...rows] = linesOf(stdout);
    expect(titles).toMatch(/^INSTANCE +ENGINE +VERSION +STATUS +CREATED +NAME$/);
    expect(rows.map((row) => row.split(/ +/)[0])).toEqual(['cn-east-2/mysql-bbbbbbbbbb', SQL_ID]);
    expect(stdout).not.toMatch(STEERING);
  });

  it('narrows to a region, and says where there is nothing', async () => {
    const { stdout } = await runCli(['instances', '--region', 'cn-east-2', '--json', ...url]);
    expect(linesOf(stdout).map((line) => JSON.parse(line).name)).toEqual(['订单库']);
    expect(await runCli(['instances', '--region', 'cn-south-1', ...url])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No instances.\n',
    });
    expect(await runCli(['instances', '--region', '../x', ...url])).toMatchObject({ code: 2 });
  });
});

describe('backups list', () => {
  it('reads page after page, and no further than its limit', async () => {
    const all = await list('--json');
    expect(new Set(ids(all.stdout)).size).toBe(120);
    expect(ids((await list('--json', '--limit', '5')).stdout)).toHaveLength(5);
    expect(linesOf((await list('--limit', '5')).stdout)).toHaveLength(6);
  });

  it('narrows by state, by time and by database', async () => {
    const failed = await list('--json', '--status', 'error');
    expect(ids(failed.stdout).sort()).toEqual(['b-039', 'b-079', 'b-119']);
    const recent = await list('--json', '--since', '2026-04-29T00:00:00+08:00');
    expect(ids(recent.stdout).sort()).toEqual(['b-118', 'b-119']);
    const ofDatabase = await list('--json', '--database', '订单');
    expect(ids(ofDatabase.stdout)).toEqual(['b-119']);
    expect(await list('--status', 'DONE')).toMatchObject({ code: 2 });
    expect(await list('--since', '2030-01-01')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No backups.\n',
    });
  });

  it('finds the region of an instance by itself', async () => {
    const { code, stdout } = await runCli([
      'list',
      SQL.instanceId,
      '--limit',
      '1',
      '--json',
      ...url,
    ]);
    expect({ code, count: ids(stdout).length }).toEqual({ code: 0, count: 1 });
  });

  it('says where there is no such instance', async () => {
    for (const name of ['cn-north-1/sqlserver-none', 'sqlserver-none']) {
      const { code, stdout, stderr } = await runCli(['list', name, ...url]);
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toBe(`backups: There is no instance ${name}: see \`backups instances\`.\n`);
    }
  });

  it('shows names that drive a terminal as text, and loses nothing in JSON', async () => {
    const table = await list('--since', '2026-01-01', '--status', 'COMPLETED');
    expect(table.stdout).not.toMatch(STEERING);
    expect(table.stdout).toContain(
      'x\\u001b]0;t\\u0007 ok\\r2026 DONE \\u009b2J a\\nb \\u202egnp.bak',
    );
    const json = await list('--json');
    expect(json.stdout).not.toMatch(STEERING);
    expect(linesOf(json.stdout).map((line) => JSON.parse(line).name)).toContain(HOSTILE);
  });
});

describe('backups link', () => {
  it('prints the link alone, which works', async () => {
    const { code, stdout, stderr } = await runCli([
      'link',
      `${SQL_ID}/b-000`,
      '--expires-in',
      '1h',
      ...url,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^http:\/\/\S+\n$/);
    const expires = Number(/Expires=(\d+)/.exec(stdout)?.[1]);
    expect(Math.abs(expires - Date.now() / 1000 - 3600)).toBeLessThan(60);
    const response = await fetch(stdout.trim());
    expect({ status: response.status, text: await response.text() }).toEqual({
      status: 200,
      text: 'x',
    });
  });

  it('takes the other network, and a backup by its id alone', async () => {
    const { stdout } = await runCli(['link', 'b-000', '--internal', ...url]);
    expect(stdout).toMatch(/^http:\/\/localhost:/);
  });

  it.each([
    [['b-118', '--file', 'none.bak'], 4, /no such file; it has shop\.bak/],
    [['b-118', '--expires-in', '25h'], 2, /1 second to 24 hours/],
    [['b-118', '--expires-in', 'soon'], 2, /--expires-in is not a duration/],
    [['b-119'], 4, /failed and has no files/],
    [['b-11'], 2, /matches several backups/],
    [['zzz'], 4, /begins with zzz/],
    [[SQL_ID], 2, /names an instance: add \/latest .*`backups list cn-north-1\/sqlserver-a{10}`/],
    [[SQL.instanceId], 2, /names an instance: add \/latest .*`backups list cn-north-1\//],
    [['cn-north-1/latest'], 4, /There is no instance cn-north-1:/],
  ])('%j ends with %d', async (args, code, message) => {
    const run = await runCli(['link', ...args, ...url]);
    expect(run).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
    expect(linesOf(run.stderr)).toHaveLength(1);
  });
});

it('waits for nothing that has failed or is there', async () => {
  expect(await runCli(['wait', `${SQL_ID}/b-118`, ...url])).toMatchObject({ code: 0 });
  expect(await runCli(['wait', `${SQL_ID}/b-119`, ...url])).toMatchObject({ code: 4 });
});
