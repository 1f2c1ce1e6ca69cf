import { expect, it } from '@jest/globals';
import { once } from 'node:events';
import { truncate } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/closing.js';
import { writeBackup, writeInstance } from '../helpers/embedded.js';
import { startProcess } from '../helpers/product-process.js';
import { connectSmallReader, type SmallReader } from '../helpers/small-reader.js';

const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'mybk-1' };
const MIB = 1024 * 1024;
const STALLED = 120;
const SLOW = 80;
/** The memory a reader may cost the process, buffers and objects together. */
const MIB_PER_READER = 0.4;
/** What the process grows by in the meantime, whoever reads. */
const MIB_BESIDE = 32;

const folder = temporaryFolder();
await writeInstance(folder, KEY, { engine: 'MySQL' });
const files = await writeBackup(folder, KEY, { files: { set: '' } });
await truncate(join(files, 'set'), 1024 * MIB);
const env = {
  EMBEDDED_DIR: folder,
  STALL_TIMEOUT_MS: '3000',
  AUDIT_LOG: '/dev/null',
  // One link may take an eighth.
  MAX_DOWNLOADS: '4096',
};
const product = await startProcess(env, ['--max-old-space-size=256']);
const link = new URL(await askForLink());

async function askForLink(): Promise<string> {
  const { data } = await product.query(`{ backup(id: "${Object.values(KEY).join('/')}") {
    downloadURL { ... on DownloadLink { publicURL } }
  } }`);
  return data.backup.downloadURL.publicURL;
}

const requestFor = () => `GET ${link.pathname}${link.search} HTTP/1.1\r\nHost: x\r\n\r\n`;

async function startStalled(): Promise<Socket> {
  const socket = connect(Number(link.port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause().write(requestFor());
  return socket;
}

async function residentMib(): Promise<number> {
  const text = await product.metrics();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / MIB;
}

async function downloadsIn(metrics: string): Promise<number> {
  const text = await product.metrics();
  return Number(new RegExp(`^${metrics} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
}

it('a client that reads nothing is disconnected, a slow one is not, and neither costs much', async () => {
  const before = await residentMib();
  const [stalled, slow] = await Promise.all([
    Promise.all(Array.from({ length: STALLED }, startStalled)),
    Promise.all(
      Array.from({ length: SLOW }, () =>
        connectSmallReader(Number(link.port), requestFor(), { size: 128 * 1024 }),
      ),
    ),
  ]);
  let peak = 0;
  const readAll = (readers: readonly SmallReader[]) =>
    Promise.all(readers.map((reader) => reader.read()));
  for (let ended = 0; ended < STALLED;) {
    await readAll(slow);
    expect((await fetch(`${product.origin}/health/live`)).status).toBe(200);
    peak = Math.max(peak, await residentMib());
    ended = await downloadsIn('backup_graphql_embedded_downloads_total\\{status="200"\\}');
  }
  // Only the stalled ones were disconnected; the others still read.
  expect(await readAll(slow)).toEqual(Array<boolean>(SLOW).fill(true));
  const ended = await downloadsIn('backup_graphql_embedded_downloads_total\\{status="200"\\}');
  expect(ended).toBe(STALLED);
  expect(peak - before).toBeLessThan(MIB_PER_READER * (STALLED + SLOW) + MIB_BESIDE);
  for (const socket of stalled) socket.destroy();
  for (const { socket } of slow) socket.destroy();
});
