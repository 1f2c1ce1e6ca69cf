import { execFile } from 'node:child_process';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hottest } from '../lib/hottest.js';
import { figureOf } from '../lib/figures.js';

const run = promisify(execFile);
const fileOf = (name) => fileURLToPath(new URL(`../in-process/${name}.js`, import.meta.url));
const PROGRAMS = [
  { name: 'product', file: fileOf('product'), reuse: '1' },
  { name: 'by hand', file: fileOf('by-hand'), reuse: '1' },
  { name: 'by hand, keeps none', file: fileOf('by-hand'), reuse: '0' },
];
const HOTTEST = 5;

/** W2 without sockets, and where its time goes. */
export async function* inProcess({ rounds }) {
  const samples = PROGRAMS.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, program] of PROGRAMS.entries()) samples[index].push(await timeOf(program));
  }
  yield {
    workload: 'W2 in process',
    title: 'W2 in process: from the parsed body to the text, without sockets',
    head: ['', 'CPU ms'],
    rows: PROGRAMS.map(({ name }, index) => [name, figureOf(samples[index])]),
  };

  const profiles = await mkdtemp(join(tmpdir(), 'bench-profile-'));
  await timeOf(PROGRAMS[0], '--cpu-prof', '--cpu-prof-dir', profiles);
  const [profile] = await readdir(profiles);
  yield {
    workload: 'W2 places',
    title: `W2 in process: the ${HOTTEST} hottest places of the product`,
    head: ['', 'of the time'],
    rows: hottest(join(profiles, profile), HOTTEST).map(({ place, share }) => [
      place,
      `${(share * 100).toFixed(1)} %`,
    ]),
  };
}

async function timeOf({ file, reuse }, ...nodeOptions) {
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    REUSE: reuse,
    UPSTREAM: 'http://upstream',
  };
  const { stdout } = await run('taskset', ['-c', '0', process.execPath, ...nodeOptions, file], {
    env,
  });
  return Number(stdout.trim().split('\n').at(-1));
}
