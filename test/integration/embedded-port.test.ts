import { beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { readdir, readlink, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { UnsignedKind } from '../../src/embedded/api/routes.js';
import { closing, temporaryFolder } from '../helpers/closing.js';
import {
  beginDownload,
  refusalOf,
  startEmbedded,
  type TestEmbedded,
  type TestEmbeddedOptions,
  TIMES,
  writeBackup,
  writeInstance,
} from '../helpers/embedded.js';
import { startProduct } from '../helpers/product.js';
import { linksOf, signedCall } from '../helpers/signed-call.js';
import { connectSmallReader } from '../helpers/small-reader.js';
import { until } from '../helpers/until.js';

const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'mybk-1' };
/** More than the buffers of both ends hold. */
const SIZE = 64 * 1024 * 1024;

let folder: string;
let dir: string;
let file: string;

beforeEach(async () => {
  folder = temporaryFolder();
  dir = join(folder, 'data');
  await writeInstance(dir, KEY, { engine: 'MySQL' });
  file = join(await writeBackup(dir, KEY, { files: { set: '' } }), 'set');
  await truncate(file, SIZE);
});

const start = (options?: TestEmbeddedOptions) => startEmbedded(dir, options);

async function linkOf({ origin }: TestEmbedded): Promise<string> {
  return (await linksOf(origin, KEY)).body.result.publicURL;
}

function requestFor(link: string, headers = ''): string {
  const { pathname, search } = new URL(link);
  return `GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
}

async function connected({ origin }: TestEmbedded, text = ''): Promise<Socket> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.on('error', () => undefined);
  closing(() => Promise.resolve(void socket.destroy()));
  await once(socket, 'connect');
  if (text !== '') socket.write(text);
  return socket;
}

describe('a connection', () => {
  it.each([
    ['that is silent', ''],
    ['with half a head', 'GET / HTTP/1.1\r\nHost'],
    ['with half a head after an answer', 'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /'],
  ])('%s does not delay shutdown', async (_, text) => {
    const upstream = await start();
    const socket = await connected(upstream, text);
    // A later response proves that the earlier data has arrived.
    await fetch(upstream.origin);
    const closed = once(socket.resume(), 'close');
    await upstream.close(600_000);
    await closed;
  });

  it('whose head does not end is rejected after the header timeout', async () => {
    const upstream = await start({ http: { ...TIMES, requestTimeoutMs: 60 } });
    const socket = await connected(upstream, 'GET / HTTP/1.1\r\nHost');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"status":"DEADLINE_EXCEEDED"');
  });

  it('is kept while idle for the configured time', async () => {
    const upstream = await start({ http: { ...TIMES, keepAliveMs: 120_000 } });
    const agent = new Agent({ keepAlive: true });
    closing(() => {
      agent.destroy();
      return Promise.resolve();
    });
    const response = await beginDownload(upstream.origin, agent);
    response.resume();
    expect(response.headers['keep-alive']).toBe('timeout=120');
  });

  it('has one request in progress at a time, and holds nothing open once closed', async () => {
    const upstream = await start();
    const socket = await connected(upstream, requestFor(await linkOf(upstream)).repeat(10));
    await once(socket, 'data');
    socket.destroy();
    await upstream.close();
    const address = '127.0.0.1';
    expect(upstream.downloads).toMatchObject([{ status: 200, clientAddress: address }]);
    expect(upstream.downloads[0]!.bytes).toBeLessThan(SIZE);
    expect(await filesOpenAt(file)).toBe(0);
    expect(upstream.lines(40)).toEqual([]);
  });

  it('is closed if it pipelines too many requests', async () => {
    const upstream = await start();
    const request = requestFor(await linkOf(upstream), 'Range: bytes=0-0\r\n');
    const patient = await connected(upstream, request.repeat(16));
    let answers = '';
    patient.on('data', (chunk: Buffer) => {
      answers += String(chunk);
      if (answers.match(/HTTP\/1\.1 206/g)?.length === 16) patient.end();
    });
    await once(patient, 'close');
    const flood = await connected(upstream, request.repeat(50));
    await once(flood.resume(), 'close');
  });
});

describe('downloads', () => {
  it('beyond the limit get 503 and are recorded', async () => {
    const upstream = await start({ config: { maxDownloads: 1 } });
    const link = await linkOf(upstream);
    const first = await beginDownload(link);
    const second = await fetch(link);
    expect(second.headers.get('retry-after')).toBe('5');
    expect(await refusalOf(second)).toEqual([503, 'UNAVAILABLE']);
    first.destroy();
    let status = 0;
    while (status !== 206) status = (await fetch(link, { headers: { range: 'bytes=0-0' } })).status;
    await upstream.close();
    expect(upstream.downloads.map((record) => record.status)).toContain(503);
  });

  it('that are slow give way to others while all places are taken', async () => {
    let time = 0;
    const upstream = await start({ config: { maxDownloads: 2 }, monotonic: () => time });
    const readers = [
      await beginDownload(await linkOf(upstream)),
      await beginDownload(await linkOf(upstream)),
    ];
    const next = await linkOf(upstream);
    expect((await fetch(next)).status).toBe(503);
    // What fills the buffers of both ends counts for the first windows.
    for (let status = 0; status !== 206; time += 31_000) {
      ({ status } = await fetch(next, { headers: { range: 'bytes=0-0' } }));
    }
    // A client that does not read sees the end once it does.
    const ended = readers.map((reader) => once(reader.resume(), 'error'));
    await Promise.race(ended);
    await upstream.close(0);
    expect(upstream.log.join('')).toContain('ended the slowest downloads');
  });

  it('that are not read are disconnected and recorded with the bytes sent', async () => {
    const upstream = await start({ http: { ...TIMES, stallMs: 60 } });
    const { port } = new URL(upstream.origin);
    const reader = await connectSmallReader(Number(port), requestFor(await linkOf(upstream)), {
      size: 64 * 1024,
    });
    await until(() => upstream.downloads.length > 0);
    const [record] = upstream.downloads;
    expect(record).toMatchObject({ status: 200, fileName: 'set' });
    expect(await filesOpenAt(file)).toBe(0);
    // What the system took: most of it is still in its buffers when the connection is reset.
    expect(record!.bytes).toBeGreaterThan(0);
    expect(record!.bytes).toBeLessThan(SIZE);
    while (await reader.read());
  });

  it('of a replaced file are recorded with 412, and send nothing', async () => {
    const upstream = await start();
    await writeFile(file, '0123456789');
    await utimes(file, new Date(), new Date('2026-01-07T07:14:07Z'));
    const link = await linkOf(upstream);
    const ask = async (headers: Record<string, string>, method = 'GET') => {
      const response = await fetch(link, { method, headers });
      return { status: response.status, text: await response.text(), headers: response.headers };
    };
    const old = (await ask({}, 'HEAD')).headers.get('etag')!;
    await writeFile(join(folder, 'new'), 'abcdefghij');
    await rename(join(folder, 'new'), file);
    const range = 'bytes=5-';
    for (const method of ['GET', 'HEAD']) {
      const answer = await ask({ range, 'if-match': old }, method);
      expect(answer).toMatchObject({ status: 412, text: '' });
    }
    const whole = await ask({ range, 'if-match': '*' });
    expect(whole).toMatchObject({ status: 206, text: 'fghij' });
    const cached = await ask({ 'if-none-match': whole.headers.get('etag')! });
    expect(cached).toMatchObject({ status: 304, text: '' });
    await upstream.close();
    expect(upstream.downloads.map(({ status, bytes }) => [status, bytes])).toEqual([
      [200, 0],
      [412, 0],
      [412, 0],
      [206, 5],
      [304, 0],
    ]);
  });

  it('are distinguishable from others of the same second', async () => {
    const now = new Date();
    const upstream = await start({ now: () => now });
    const links = await Promise.all([linkOf(upstream), linkOf(upstream)]);
    for (const link of links) await (await fetch(link, { method: 'HEAD' })).text();
    await upstream.close();
    const [first, second] = upstream.downloads;
    expect(links[0]).toMatch(/\?.*&Expires=\d+&Signature=[0-9a-f]{64}$/);
    expect(links[0]).not.toBe(links[1]);
    expect(first!.linkId).not.toBe(second!.linkId);
  });
});

it('unsigned requests are counted and logged in one line a kind and minute, but not recorded', async () => {
  const kinds: UnsignedKind[] = [];
  const upstream = await start({ onUnsigned: (kind) => kinds.push(kind) });
  const link = await linkOf(upstream);
  const targets = [
    `${upstream.origin}/download/${'x'.repeat(4000)}`,
    `${upstream.origin}/download/a/b/c/${'x'.repeat(4000)}?Expires=1&Signature=x`,
    `${link}0`,
    link.replace(/\?.*/, ''),
    `${upstream.origin}/download/a/b/c/%ff`,
  ];
  for (const target of [...targets, ...targets]) await (await fetch(target)).text();
  const unknown = { accessKeyId: 'OTHERAK' };
  const path = ['v1', 'regions', KEY.regionId, 'instances'];
  expect((await signedCall(upstream.origin, path, unknown)).status).toBe(401);
  await upstream.close();
  expect(kinds).toEqual([...Array<UnsignedKind>(10).fill('download'), 'api']);
  expect(upstream.downloads).toEqual([]);
  const lines = upstream.lines(40);
  expect(lines.map(({ count }) => count)).toEqual([1, 1, 9]);
});

describe('the address of a client', () => {
  it.each([
    ['1', '198.51.100.1, [2001:db8::1]:443', '2001:db8::1'],
    ['0', '203.0.113.9', '127.0.0.1'],
  ])(
    'is the same in both records, with %s trusted proxies and %j',
    async (TRUSTED_PROXIES, told, address) => {
      const product = await startProduct({
        EMBEDDED_DIR: dir,
        TRUSTED_PROXIES,
        ALLOW_ANONYMOUS: 'true',
      });
      const headers = { 'x-forwarded-for': told };
      const query = `{ backup(id: "${Object.values(KEY).join('/')}") {
        downloadURL { ... on DownloadLink { publicURL } }
      } }`;
      const { data } = await product.query(query, {}, headers);
      const response = await fetch(data.backup.downloadURL.publicURL, { method: 'HEAD', headers });
      expect(response.status).toBe(200);
      await product.close();
      expect(product.audit()).toMatchObject([
        { event: 'link.issue', clientAddress: address },
        { event: 'link.download', clientAddress: address },
      ]);
    },
  );
});

/** How often this process has the file open; known on Linux only. */
async function filesOpenAt(path: string): Promise<number> {
  const fds = await readdir('/proc/self/fd').catch(() => []);
  const open = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return open.filter((one) => one === path).length;
}
