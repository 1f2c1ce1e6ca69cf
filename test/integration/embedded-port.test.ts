import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { readdir, readlink, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Secret } from '../../src/config/secret.js';
import type { EmbeddedConfig } from '../../src/config/config.js';
import type { UnsignedKind } from '../../src/embedded/api/routes.js';
import { temporaryFolder } from '../helpers/closing.js';
import {
  ACCESS_KEY_ID,
  SECRET_ACCESS_KEY,
  startEmbedded,
  TIMES,
  writeBackup,
  writeInstance,
  type TestEmbedded,
} from '../helpers/embedded.js';
import { startProduct } from '../helpers/product.js';
import { linksOf, signedCall } from '../helpers/signed-call.js';
import { connectSmallReader } from '../helpers/small-reader.js';

const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'mybk-1' };
/** More than the buffers of both ends hold. */
const SIZE = 64 * 1024 * 1024;

let folder: string;
let dir: string;
let file: string;
let closing: (() => Promise<void> | void)[];

beforeEach(async () => {
  closing = [];
  folder = temporaryFolder();
  dir = join(folder, 'data');
  await writeInstance(dir, KEY, { engine: 'MySQL' });
  file = join(await writeBackup(dir, KEY, { files: { set: '' } }), 'set');
  await truncate(file, SIZE);
});

afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

async function start(options: Parameters<typeof startEmbedded>[1] = {}): Promise<TestEmbedded> {
  const upstream = await startEmbedded(dir, options);
  closing.push(() => upstream.close(0));
  return upstream;
}

function withConfig(changes: Partial<EmbeddedConfig>): EmbeddedConfig {
  return {
    kind: 'embedded',
    store: { kind: 'folder' as const, dir, isDefault: true },
    port: 0,
    maxDownloads: 512,
    fullCheckMs: 300_000,
    credentials: {
      accessKeyId: ACCESS_KEY_ID,
      secretAccessKey: new Secret(SECRET_ACCESS_KEY),
    },
    linkSecrets: [new Secret('LINKSECRET')],
    ...changes,
  };
}

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
  closing.push(() => void socket.destroy());
  await once(socket, 'connect');
  if (text !== '') socket.write(text);
  return socket;
}

function begin(link: string, agent: Agent | false = false): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(link, { agent }, resolve).once('error', reject);
  });
}

async function refusal(response: Response): Promise<[number, string]> {
  const { error } = (await response.json()) as { error: { code: number; status: string } };
  return [error.code, error.status];
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
    closing.push(() => {
      agent.destroy();
    });
    const response = await begin(upstream.origin, agent);
    response.resume();
    expect(response.headers['keep-alive']).toBe('timeout=120');
  });

  it('has one request in progress at a time, and holds nothing open once closed', async () => {
    const upstream = await start();
    const socket = await connected(upstream, requestFor(await linkOf(upstream)).repeat(10));
    await once(socket, 'data');
    socket.destroy();
    await upstream.close();
    expect(upstream.downloads).toHaveLength(1);
    expect(await filesOpenAt(file)).toBe(0);
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
    const upstream = await start({ config: withConfig({ maxDownloads: 1 }) });
    const link = await linkOf(upstream);
    const first = await begin(link);
    const second = await fetch(link);
    expect(second.headers.get('retry-after')).toBe('5');
    expect(await refusal(second)).toEqual([503, 'UNAVAILABLE']);
    first.destroy();
    let status = 0;
    while (status !== 206) status = (await fetch(link, { headers: { range: 'bytes=0-0' } })).status;
    await upstream.close();
    expect(upstream.downloads.map((record) => record.status)).toContain(503);
  });

  it('by one link leave places to others', async () => {
    const upstream = await start({ config: withConfig({ maxDownloads: 16 }) });
    const link = await linkOf(upstream);
    const readers = [await begin(link), await begin(link)];
    const third = await fetch(link);
    expect(third.headers.get('retry-after')).toBe('5');
    expect(await refusal(third)).toEqual([503, 'UNAVAILABLE']);
    for (let count = 0; count < 7; count += 1) {
      const other = await linkOf(upstream);
      for (let times = 0; times < 2; times += 1) {
        readers.push(await begin(other));
        expect(readers.at(-1)?.statusCode).toBe(200);
      }
    }
    expect((await fetch(await linkOf(upstream))).status).toBe(503);
    for (const reader of readers) reader.destroy();
  });

  it('that are slow give way to others while all places are taken', async () => {
    let time = 0;
    const config = withConfig({ maxDownloads: 2 });
    const upstream = await start({ config, monotonic: () => time });
    const readers = [await begin(await linkOf(upstream)), await begin(await linkOf(upstream))];
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
    while (upstream.downloads.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
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
    const old = (await fetch(link, { method: 'HEAD' })).headers;
    const replaced = join(folder, 'new');
    await writeFile(replaced, 'abcdefghij');
    await rename(replaced, file);
    const etag = (await fetch(link, { method: 'HEAD' })).headers.get('etag')!;
    const ask = async (headers: Record<string, string>, method = 'GET') => {
      const response = await fetch(link, { method, headers: { range: 'bytes=5-', ...headers } });
      return [response.status, await response.text()];
    };
    const oldTag = old.get('etag')!;
    expect(await ask({ 'if-match': oldTag })).toEqual([412, '']);
    expect(await ask({ 'if-unmodified-since': old.get('last-modified')! })).toEqual([412, '']);
    expect(await ask({ 'if-match': oldTag }, 'HEAD')).toEqual([412, '']);
    expect(await ask({ 'if-match': '*' })).toEqual([206, 'fghij']);
    expect(await ask({ 'if-match': `"x", ${etag}` })).toEqual([206, 'fghij']);
    expect(await ask({ 'if-none-match': etag })).toEqual([304, '']);
    await upstream.close();
    expect(upstream.downloads.map(({ status, bytes }) => [status, bytes])).toEqual([
      [200, 0],
      [200, 0],
      [412, 0],
      [412, 0],
      [412, 0],
      [206, 5],
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

  it.each<[string, (link: string) => string]>([
    ['another', (link) => link.replace(/Nonce=./, (start) => `${start}0`)],
    ['none', (link) => link.replace(/Nonce=[^&]*&/, '')],
  ])('need the nonce of their link: %s', async (_, change) => {
    const upstream = await start();
    const response = await fetch(change(await linkOf(upstream)));
    expect(await refusal(response)).toEqual([403, 'LINK_SIGNATURE_MISMATCH']);
  });
});

describe('unsigned requests', () => {
  it('are counted and logged in one line a kind and minute, but not recorded', async () => {
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

  it('are not confused with signed ones, which are recorded even when expired', async () => {
    let now = new Date();
    const upstream = await start({ now: () => now });
    const link = await linkOf(upstream);
    now = new Date(now.getTime() + 86_402_000);
    expect(await refusal(await fetch(link))).toEqual([403, 'LINK_EXPIRED']);
    await upstream.close();
    expect(upstream.downloads).toMatchObject([{ status: 403, bytes: 0 }]);
  });
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
