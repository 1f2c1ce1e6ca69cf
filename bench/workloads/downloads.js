import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { figureOf } from '../lib/figures.js';
import { startEmbedded } from '../lib/contenders.js';
import { linkOf, prepareLargeFile, SIZE } from '../lib/large-file.js';
import { hasNginx, startNginx } from '../lib/nginx.js';
import { inTurns } from '../lib/rounds.js';

const run = promisify(execFile);
const GIB = 2 ** 30;
const SECTION = { workload: 'W7', title: 'W7: a file of 2 GiB, by curl' };

/** W7: a file of 2 GiB from the embedded upstream, from nginx and from the disk, by curl. */
export async function* downloads({ rounds }) {
  if (!hasNginx()) {
    yield { ...SECTION, leftOut: 'it needs nginx (`apt-get install nginx-light`)' };
    return;
  }
  const dir = await mkdtemp(join(tmpdir(), 'bench-files-'));
  const servers = [];
  try {
    const file = await prepareLargeFile(dir);
    const product = await startEmbedded(dir);
    servers.push(product);
    const nginx = await startNginx(dirname(file));
    servers.push(nginx);
    const sources = [
      { name: 'product', server: product, url: () => linkOf(product) },
      { name: 'nginx', server: nginx, url: () => `${nginx.origin}/set.xbstream` },
      { name: 'curl file://', server: null, url: () => `file://${file}` },
    ];
    const samples = await inTurns(rounds, sources, download);
    const rows = sources.map(({ name, server }, index) => [
      name,
      figureOf(samples[index].map(({ seconds }) => SIZE / GIB / seconds)),
      server === null ? null : figureOf(samples[index].map(({ cpuMs }) => cpuMs)),
    ]);
    yield { ...SECTION, head: ['', 'GiB/s', 'CPU ms of the server'], rows };
  } finally {
    for (const server of servers) await server.stop();
    await rm(dir, { recursive: true });
  }
}

async function download({ server, url }) {
  const address = await url();
  const before = server?.cpuMs() ?? 0;
  const format = '%{time_total} %{size_download}';
  const { stdout } = await run('taskset', [
    '-c',
    '1',
    'curl',
    '-sf',
    '-o',
    '/dev/null',
    '-w',
    format,
    address,
  ]);
  const [seconds, size] = stdout.split(' ').map(Number);
  if (size !== SIZE) throw new Error(`${size} bytes came`);
  return { seconds, cpuMs: (server?.cpuMs() ?? 0) - before };
}
