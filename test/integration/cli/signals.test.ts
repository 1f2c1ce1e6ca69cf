import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import type { Clock } from '../../../src/cli/download/request.js';
import { temporaryFolder } from '../../helpers/closing.js';
import { linesOf, runCli } from '../../helpers/cli.js';
import { patientClock, realClock } from '../../helpers/downloading.js';
import { writeBackup, writeInstance } from '../../helpers/embedded.js';
import { SHIPPED } from '../../helpers/product-process.js';
import { startProduct } from '../../helpers/product.js';
import { until } from '../../helpers/until.js';

const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-bbbbbbbbbb', backupId: 'set' };
const ID = `${KEY.regionId}/${KEY.instanceId}/${KEY.backupId}`;

const ROWS = Buffer.alloc(8_000_000, 'row');

const folder = temporaryFolder();
const dir = join(folder, 'data');
await writeInstance(dir, KEY, { engine: 'MySQL' });
await writeBackup(dir, KEY, { files: { 'dump.sql': ROWS } });
const product = await startProduct({ EMBEDDED_DIR: dir });
const cwd = await mkdtemp(join(folder, 'here-'));

/** Without a terminal, as under nohup. */
function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [SHIPPED.backups, 'get', ID, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], BACKUPS_URL: product.origin },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The first event of a kind that a program prints with --json. */
async function untilEvent(child: ChildProcess, kind: string): Promise<void> {
  for await (const chunk of child.stdout!) if (String(chunk).includes(`"${kind}"`)) return;
}

it('The end of a session does not stop what no terminal shows; SIGTERM does', async () => {
  const child = start('--json', '--limit-rate', '8M');
  const ended = once(child, 'exit');
  child.stderr?.resume();
  await untilEvent(child, 'file-started');
  child.kill('SIGHUP');
  child.kill('SIGHUP');
  expect(await ended).toEqual([0, null]);
  expect(await readdir(cwd)).toEqual(['dump.sql']);

  const stopped = start('--json', '--limit-rate', '100K', '-o', 'other.sql');
  const end = once(stopped, 'exit');
  stopped.stderr?.resume();
  await untilEvent(stopped, 'file-started');
  stopped.kill('SIGTERM');
  expect(await end).toEqual([130, null]);
});

it('The first Ctrl-C stops it while its output is unread', async () => {
  const child = start('-o', '-');
  const ended = once(child, 'exit');
  child.stderr?.resume();
  // Something came, and nothing more is read.
  await once(child.stdout!, 'readable');
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
});

it('The first Ctrl-C stops it while its events fill a pipe', async () => {
  const pipe = join(folder, 'full');
  execFileSync('mkfifo', [pipe]);
  const full = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  expect(() => {
    for (;;) writeSync(full, Buffer.alloc(4096));
  }).toThrow('EAGAIN');
  const args = ['get', ID, '--json', '--limit-rate', '100K', '-o', 'full.sql'];
  const child = spawn(process.execPath, [SHIPPED.backups, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], BACKUPS_URL: product.origin },
    stdio: ['ignore', full, 'ignore'],
  });
  const ended = once(child, 'exit');
  await until(() => Promise.resolve(existsSync(join(cwd, 'full.sql.part'))));
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  closeSync(full);
});

it('A reader of its events may leave: the download continues', async () => {
  const child = start('--json', '--limit-rate', '8M', '-o', 'closed.sql');
  const ended = once(child, 'exit');
  child.stderr?.resume();
  child.stdout?.destroy();
  expect(await ended).toEqual([0, null]);
  expect((await stat(join(cwd, 'closed.sql'))).size).toBe(ROWS.length);
});

it('A terminal without control sequences gets none', async () => {
  const command = `'${process.execPath}' '${SHIPPED.backups}' get ${ID} -o dumb.sql`;
  const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'], BACKUPS_URL: product.origin, TERM: 'dumb' },
  });
  expect(stdout).toContain('complete');
  expect(stdout).not.toMatch(/\u001b|\r(?![\r\n])/);
});

it.each([
  ['many connections and a rate', ['--parallel', '16', '--limit-rate', '16M', '-o', 'both.sql']],
  ['a pipe', ['--parallel', '16', '-o', '-']],
])('Standard error stays empty with %s', async (_, args) => {
  const child = start('--quiet', ...args);
  const ended = once(child, 'close');
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stdout?.resume();
  expect(await ended).toEqual([0, null]);
  expect(text).toBe('');
});

it('A second run names the first; once that is killed, it resumes', async () => {
  const first = start('--quiet', '--limit-rate', '500K', '-o', 'killed.sql');
  const ended = once(first, 'exit');
  await until(async () => {
    const state = await readFile(join(cwd, 'killed.sql.part.json'), 'utf8').catch(() => '');
    return state !== '' && JSON.parse(state).state.done.length > 0;
  });
  const again = ({ sleep }: Clock) =>
    runCli(['get', ID, '--json', '-o', 'killed.sql'], {
      cwd,
      env: { BACKUPS_URL: product.origin },
      sleep,
    });
  const second = await again(realClock);
  expect(second.code).toBe(2);
  expect(second.stderr).toContain(`Process ${first.pid} is downloading the same file`);
  first.kill('SIGKILL');
  await ended;
  const third = await again(patientClock());
  expect(third.code).toBe(0);
  const { runBytes } = JSON.parse(linesOf(third.stdout).at(-1)!);
  expect(runBytes).toBeLessThan(ROWS.length);
  expect((await readFile(join(cwd, 'killed.sql'))).equals(ROWS)).toBe(true);
});
