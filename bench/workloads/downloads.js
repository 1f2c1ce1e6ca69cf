import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmbedded } from '../lib/contenders.js';
import { median } from '../lib/load.js';
import { nginxVersion, startNginx } from '../lib/nginx.js';
import { number, table } from '../lib/table.js';

const run = promisify(execFile);
const GIB = 2 ** 30;
const SIZE = 2 * GIB;
const PLACE = ['cn-north-1', 'mysql-bench000001'];
const BACKUP = '0a2bd2ba-1c4f-4a7d-9c51-000000000001';

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
    const file = await prepare(dir);
    const product = await startEmbedded(dir);
    servers.push(product);
    const nginx = await startNginx(join(dir, ...PLACE, BACKUP, 'files'));
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

/** A sparse file, so that disk reads are not measured. */
async function prepare(dir) {
  const instance = join(dir, ...PLACE);
  await mkdir(join(instance, BACKUP, 'files'), { recursive: true });
  await writeFile(join(instance, 'instance.json'), '{"engine":"MySQL"}');
  await writeFile(join(instance, BACKUP, 'backup.json'), '{"backupName":"large"}');
  const path = join(instance, BACKUP, 'files', 'set.xbstream');
  const file = await open(path, 'w');
  await file.truncate(SIZE);
  await file.close();
  return path;
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

async function linkOf({ origin }) {
  const query = `{ backup(id: "${[...PLACE, BACKUP].join('/')}") { downloadURL { ... on DownloadLink { publicURL } } } }`;
  const answer = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return (await answer.json()).data.backup.downloadURL.publicURL;
}
