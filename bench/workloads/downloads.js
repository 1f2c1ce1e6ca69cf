import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startEmbedded } from '../lib/contenders.js';
import { linkOf, prepareLargeFile, SIZE } from '../lib/large-file.js';
import { median } from '../lib/load.js';
import { nginxVersion, startNginx } from '../lib/nginx.js';
import { number, table } from '../lib/table.js';

const run = promisify(execFile);
const GIB = 2 ** 30;

/** W7: a file of 2 GiB from the embedded upstream, from nginx and from the disk, by curl. */
export async function* downloads({ rounds }) {
  const version = nginxVersion();
  if (version === null) {
    yield 'W7 was left out: it needs nginx (apt-get install nginx-light).';
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
      { name: `nginx ${version}`, server: nginx, url: () => `${nginx.origin}/set.xbstream` },
      { name: 'curl file://', server: null, url: () => `file://${file}` },
    ];
    const samples = sources.map(() => []);
    for (let round = 0; round <= rounds; round += 1) {
      for (const [index, source] of sources.entries()) {
        const sample = await download(source);
        if (round > 0) samples[index].push(sample);
      }
    }
    const rows = sources.map(({ name, server }, index) => [
      name,
      number(median(samples[index].map(({ seconds }) => SIZE / GIB / seconds))),
      server === null ? '' : number(median(samples[index].map(({ cpuMs }) => cpuMs))),
    ]);
    yield `### W7: a file of 2 GiB, by curl\n\n${table(['', 'GiB/s', 'CPU ms of the server'], rows)}`;
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
