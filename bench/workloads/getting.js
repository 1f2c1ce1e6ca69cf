import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { figureOf } from '../lib/figures.js';
import { startEmbedded } from '../lib/contenders.js';
import { BACKUP_ID, linkOf, prepareLargeFile, SIZE } from '../lib/large-file.js';

const run = promisify(execFile);
const GIB = 2 ** 30;
const PROGRAM = fileURLToPath(new URL('../../dist/backups.js', import.meta.url));

/** A file system in memory, so that writing measures the clients and not the disk. */
const MEMORY = '/dev/shm';

/**
 * W9: a file of 2 GiB from the embedded upstream, by `backups get`, curl and aria2c, which may use both
 * cores. `get` also syncs the file and computes its SHA-256, which curl and aria2c do not: `curl, sync,
 * sha256sum` does the same work.
 */
export async function* getting({ rounds }) {
  const dir = await mkdtemp(join(tmpdir(), 'bench-files-'));
  const inMemory = await hasRoom(MEMORY);
  const out = await mkdtemp(join(inMemory ? MEMORY : tmpdir(), 'bench-out-'));
  let product;
  try {
    await prepareLargeFile(dir);
    product = await startEmbedded(dir);
    const { origin } = product;
    const file = join(out, 'file');
    const get = (parallel) => () =>
      [process.execPath, PROGRAM, 'get', BACKUP_ID, '--url', origin, '--quiet', '-o', file].concat(
        '--parallel',
        parallel,
      );
    const curl = async () => ['curl', '-sf', '-o', file, await linkOf(product)];
    const contenders = [
      { name: 'backups get, 1 connection', command: get('1') },
      { name: 'curl', command: curl },
      { name: 'curl, sync, sha256sum', command: async () => checked(await curl(), file) },
      { name: 'backups get, 4 connections', command: get('4') },
      { name: 'aria2c, 4 connections', command: async () => aria2c(out, await linkOf(product)) },
    ];
    const rows = [];
    const samples = contenders.map(() => []);
    for (let round = 0; round <= rounds; round += 1) {
      for (const [index, { command }] of contenders.entries()) {
        const sample = await timed(await command());
        await rm(file);
        // The first round warms up.
        if (round > 0) samples[index].push(sample);
      }
    }
    for (const [index, { name }] of contenders.entries()) {
      const rates = samples[index].map(({ seconds }) => SIZE / GIB / seconds);
      const cpuMs = samples[index].map(({ cpuSeconds }) => cpuSeconds * 1000);
      rows.push([name, figureOf(rates), figureOf(cpuMs)]);
    }
    const head = ['', 'GiB/s', 'CPU ms of the client'];
    yield {
      workload: 'W9',
      title: `W9: a file of 2 GiB to ${inMemory ? 'memory' : 'the disk'}`,
      head,
      rows,
    };
  } finally {
    await product?.stop();
    for (const folder of [dir, out]) await rm(folder, { recursive: true, force: true });
  }
}

/** Whether the file fits twice, so that the system need not make room. */
async function hasRoom(folder) {
  const room = await statfs(folder).catch(() => null);
  return room !== null && room.bavail * room.bsize > 2 * SIZE;
}

function checked(curl, file) {
  return ['bash', '-c', '"$@" && sync "$0" && sha256sum "$0"', file, ...curl];
}

function aria2c(out, link) {
  const quiet = ['--quiet', '--file-allocation=none', '--allow-overwrite=true'];
  return ['aria2c', ...quiet, '-x4', '-s4', '-d', out, '-o', 'file', link];
}

/** @returns seconds on the wall, and of the processor in user and system mode */
async function timed([program, ...args]) {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >&2';
  const { stderr } = await run('taskset', [
    '-c',
    '0,1',
    'bash',
    '-c',
    script,
    program,
    program,
    ...args,
  ]);
  const [seconds, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds, cpuSeconds: user + system };
}
