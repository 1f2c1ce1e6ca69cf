import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { temporaryFolder, writeBackup, writeInstance } from '../../helpers/embedded.js';
import { type CompiledProduct, compileProduct } from '../../helpers/product-process.js';
import { type Product, startProduct } from '../../helpers/product.js';

const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-bbbbbbbbbb', backupId: 'set' };
const ID = `${KEY.regionId}/${KEY.instanceId}/${KEY.backupId}`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let compiled: CompiledProduct;
let product: Product;
let cwd: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  compiled = await compileProduct();
  const dir = join(folder.path, 'data');
  await writeInstance(dir, KEY, { engine: 'MySQL' });
  await writeBackup(dir, KEY, { files: { 'dump.sql': Buffer.alloc(8_000_000, 'row') } });
  product = await startProduct({ EMBEDDED_DIR: dir });
  const module = JSON.stringify(join(dirname(compiled.main), 'cli', 'backups.js'));
  await writeFile(join(folder.path, 'run.mjs'), `(await import(${module})).main();`);
  cwd = await mkdtemp(join(folder.path, 'here-'));
});

afterAll(async () => {
  await product.close();
  await compiled.remove();
  await folder.remove();
});

/** Without a terminal, as under nohup. */
function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(folder.path, 'run.mjs'), 'get', ID, ...args], {
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
  const child = start('--json', '--limit-rate', '2M');
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

it('The first Ctrl-C stops it while nobody reads its output', async () => {
  const child = start('-o', '-');
  const ended = once(child, 'exit');
  child.stderr?.resume();
  // Something came, and nothing more is read.
  await once(child.stdout!, 'readable');
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
});
