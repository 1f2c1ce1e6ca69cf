import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { temporaryFolder } from '../helpers/closing.js';
import {
  beginDownload,
  refusalOf,
  startEmbedded,
  writeBackup,
  writeInstance,
} from '../helpers/embedded.js';
import { openConnection } from '../helpers/open-connection.js';
import { rawRequest } from '../helpers/raw-request.js';
import { linksOf } from '../helpers/signed-call.js';

const KEY = { regionId: 'cn-north-1', instanceId: 'sqlserver-1', backupId: 'sqlbk-1' };
const START = new Date('2026-01-07T07:14:07Z');
const AWKWARD = [
  '订单库.bak',
  'my db.bak',
  'a+b.bak',
  '50%off.bak',
  '50%25off.bak',
  'x&y=1.bak',
  "o'neil(1)!*.bak",
  '库😀.diff',
  'e\u0301.bak',
  '\u00e9.bak',
  'a"b\\c.bak',
  'line\r\nbreak.bak',
  '#;?.bak',
];

let now = START;

const folder = temporaryFolder();
const dir = join(folder, 'data');
await writeInstance(dir, KEY, { engine: 'SQL Server' });
const files = await writeBackup(dir, KEY, {
  files: {
    'shop.bak': '0123456789',
    'empty.bak': '',
    ...Object.fromEntries(AWKWARD.map((name) => [name, `bytes of ${name}`])),
  },
});
await writeFile(join(folder, 'secret.txt'), 'SECRET');
const upstream = await startEmbedded(dir, { now: () => now });

beforeEach(() => {
  now = START;
});

async function linkTo(fileName: string, seconds = '60', { origin } = upstream): Promise<string> {
  const query = { fileName, urlExpirationSecond: seconds };
  const { body } = await linksOf(origin, KEY, query, { date: now });
  return body.result.publicURL;
}

function later(seconds: number): Date {
  return new Date(START.getTime() + seconds * 1000);
}

describe('file names', () => {
  it.each(AWKWARD)('are served byte for byte: %j', async (name) => {
    const response = await fetch(await linkTo(name));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(`bytes of ${name}`);
  });

  it.each([
    ['shop.bak', `attachment; filename="shop.bak"; filename*=UTF-8''shop.bak`],
    [
      '订单库.bak',
      `attachment; filename="%E8%AE%A2%E5%8D%95%E5%BA%93.bak"; filename*=UTF-8''%E8%AE%A2%E5%8D%95%E5%BA%93.bak`,
    ],
    [
      "o'neil(1)!*.bak",
      `attachment; filename="o'neil(1)!*.bak"; filename*=UTF-8''o%27neil%281%29%21%2A.bak`,
    ],
  ])('are suggested for saving: %j', async (name, header) => {
    const response = await fetch(await linkTo(name), { method: 'HEAD' });
    expect(response.headers.get('content-disposition')).toBe(header);
  });

  it.each(['..', '../backup.json', '/etc/passwd', 'shop.bak\0.png'])(
    'are rejected: %j',
    async (fileName) => {
      const { status, body } = await linksOf(upstream.origin, KEY, { fileName }, { date: now });
      expect([status, body.error.status]).toEqual([400, 'INVALID_ARGUMENT']);
    },
  );

  it('do not lead through a link that replaced a file', async () => {
    await writeFile(join(files, 'swap.bak'), 'mine');
    const link = await linkTo('swap.bak');
    await unlink(join(files, 'swap.bak'));
    await symlink(join(folder, 'secret.txt'), join(files, 'swap.bak'));
    expect(await refusalOf(await fetch(link))).toEqual([404, 'NOT_FOUND']);
    await unlink(join(files, 'swap.bak'));
  });
});

describe('a link is bound to', () => {
  it.each<[string, (link: string) => string]>([
    ['the file', (link) => link.replace('shop.bak', 'empty.bak')],
    ['the backup', (link) => link.replace('sqlbk-1', 'sqlbk-2')],
    ['the instance', (link) => link.replace('sqlserver-1', 'sqlserver-2')],
    ['the region', (link) => link.replace('cn-north-1', 'cn-north-2')],
    ['the expiry', (link) => link.replace(/Expires=(\d+)/, (_, n) => `Expires=${Number(n) + 1}`)],
    ['the spelling of the expiry', (link) => link.replace('Expires=', 'Expires=0')],
    ['the signature', (link) => link.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ['the complete signature', (link) => link.slice(0, -1)],
    ['the presence of a signature', (link) => link.replace(/&Signature=.*/, '')],
    ['the presence of an expiry', (link) => link.replace(/Expires=\d+&/, '')],
    ['the nonce', (link) => link.replace(/Nonce=./, (start) => `${start}0`)],
    ['the presence of a nonce', (link) => link.replace(/Nonce=[^&]*&/, '')],
  ])('%s', async (_, change) => {
    const response = await fetch(change(await linkTo('shop.bak')));
    expect(await refusalOf(response)).toEqual([403, 'LINK_SIGNATURE_MISMATCH']);
  });

  it('its expiry, distinguished from tampering', async () => {
    const link = await linkTo('shop.bak', '2');
    now = later(1.999);
    expect((await fetch(link, { method: 'HEAD' })).status).toBe(200);
    now = later(2);
    expect(await refusalOf(await fetch(link))).toEqual([403, 'LINK_EXPIRED']);
  });

  it('an existing file', async () => {
    await writeFile(join(files, 'gone.bak'), 'x');
    const link = await linkTo('gone.bak');
    await unlink(join(files, 'gone.bak'));
    expect(await refusalOf(await fetch(link))).toEqual([404, 'NOT_FOUND']);
  });
});

describe('ranges', () => {
  it.each<[string, number, string, string | null]>([
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=0-1,3-4', 200, '0123456789', null],
  ])('%s', async (range, status, text, contentRange) => {
    const response = await fetch(await linkTo('shop.bak'), { headers: { range } });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(text);
    expect(response.headers.get('content-range')).toBe(contentRange);
    expect(response.headers.get('content-length')).toBe(String(text.length));
  });

  it.each([
    ['shop.bak', 'bytes=10-', 'bytes */10'],
    ['empty.bak', 'bytes=0-', 'bytes */0'],
  ])('%s has no %s', async (name, range, contentRange) => {
    const response = await fetch(await linkTo(name), { headers: { range } });
    expect(response.headers.get('content-range')).toBe(contentRange);
    expect(await refusalOf(response)).toEqual([416, 'OUT_OF_RANGE']);
  });

  it('answers HEAD in full, without a body', async () => {
    const response = await fetch(await linkTo('shop.bak'), {
      method: 'HEAD',
      headers: { range: 'bytes=0-0' },
    });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-store',
      'content-length': '10',
      'content-type': 'application/octet-stream',
      etag: expect.stringMatching(/^"[0-9a-f-]+"$/),
      'x-content-type-options': 'nosniff',
    });
    expect(await response.text()).toBe('');
  });

  it('serves an empty file', async () => {
    const response = await fetch(await linkTo('empty.bak'));
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('accepts a target in absolute form, as sent to a proxy, and asks proxies not to buffer', async () => {
    const { host, href } = new URL(await linkTo('shop.bak'));
    const connection = await openConnection(upstream.origin);
    connection.write(`GET ${href} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const answer = await connection.closed;
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*0123456789$/);
    expect(answer).toMatch(/^x-accel-buffering: no\r$/im);
  });

  it('resumes with a new link, since the ETag belongs to the file', async () => {
    const first = await fetch(await linkTo('shop.bak', '2'), { method: 'HEAD' });
    const etag = first.headers.get('etag') ?? '';
    now = later(3);
    const headers = { range: 'bytes=6-', 'if-range': etag };
    const resumed = await fetch(await linkTo('shop.bak'), { headers });
    expect([resumed.status, await resumed.text()]).toEqual([206, '6789']);
    expect(resumed.headers.get('etag')).toBe(etag);
  });

  it.each(['if-match', 'if-none-match', 'if-range', 'if-modified-since', 'range'])(
    'reads %s of 15,000 bytes in no time, whatever is in it',
    async (name) => {
      const link = await linkTo('shop.bak');
      const started = process.cpuUsage();
      for (const [start, repeated] of [
        ['"a"', ', '],
        ['"a"', ','],
        ['', ' '],
        ['"', '"'],
        ['W/"', 'W/"'],
        ['"a', ',"a'],
        ['bytes=', '0-1,'],
        ['bytes=', '9'],
      ] as const) {
        const value = `${start}${repeated.repeat(15_000 / repeated.length)}x`;
        const { status, body } = await fetch(link, { headers: { [name]: value } });
        await body?.cancel();
        expect([200, 206, 412, 416]).toContain(status);
      }
      const { user, system } = process.cpuUsage(started);
      expect(user + system).toBeLessThan(2_000_000);
    },
  );

  it('sends all of a file that was replaced', async () => {
    await writeFile(join(files, 'new.bak'), 'old');
    const etag = (await fetch(await linkTo('new.bak'))).headers.get('etag') ?? '';
    await writeFile(join(files, 'new.bak'), 'newer');
    const response = await fetch(await linkTo('new.bak'), {
      headers: { range: 'bytes=1-', 'if-range': etag },
    });
    expect([response.status, await response.text()]).toEqual([200, 'newer']);
  });
});

describe('transfers', () => {
  const SIZE = 64 * 1024 * 1024;

  it('outlive their link, while new requests are rejected', async () => {
    await writeFile(join(files, 'big.bak'), '');
    await truncate(join(files, 'big.bak'), SIZE);
    const link = await linkTo('big.bak', '2');
    const response = await beginDownload(link);
    now = later(3);
    expect(await refusalOf(await fetch(link))).toEqual([403, 'LINK_EXPIRED']);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(SIZE);
  });

  it('are recorded once each, without the signature', async () => {
    const own = await startEmbedded(join(folder, 'data'), { now: () => now });
    const link = await linkTo('shop.bak', '2', own);
    await (await fetch(link, { headers: { range: 'bytes=2-4' } })).text();
    now = later(9);
    await (await fetch(link)).text();
    await own.close();
    const records = [...own.downloads].sort((a, b) => a.status - b.status);
    const { linkId } = records[0]!;
    const common = { ...KEY, fileName: 'shop.bak', linkId, clientAddress: '127.0.0.1' };
    expect(records).toEqual([
      { ...common, status: 206, bytes: 3 },
      { ...common, status: 403, bytes: 0 },
    ]);
    expect(linkId).toMatch(/^[0-9a-f]{16}$/);
    expect(link).not.toContain(linkId);
  });

  it('survive a failing listener', async () => {
    const own = await startEmbedded(join(folder, 'data'), {
      now: () => now,
      onDownload: () => {
        throw new Error('no space left');
      },
    });
    const response = await fetch(await linkTo('shop.bak', '60', own));
    expect(await response.text()).toBe('0123456789');
    await own.close();
    expect(own.log.join('')).toContain('could not record a download');
  });

  it('are aborted, and never look complete, if the file shrinks', async () => {
    const response = await beginDownload(await linkTo('big.bak'));
    await truncate(join(files, 'big.bak'), 1000);
    const read = pipeline(response, new PassThrough().resume());
    await expect(read).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('malformed requests', () => {
  const line = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;

  it.each([
    '/download/../../etc/passwd',
    '/download/cn-north-1/sqlserver-1/sqlbk-1/../backup.json',
    '/download/cn-north-1/sqlserver-1/sqlbk-1/..%2fbackup.json?Expires=1&Signature=x',
    '/download/cn-north-1/sqlserver-1/sqlbk-1/%2e%2e?Expires=1&Signature=x',
    '/download/cn-north-1/sqlserver-1/sqlbk-1/shop.bak%00.png?Expires=1&Signature=x',
    '/download/cn-north-1/sqlserver-1/sqlbk-1/',
    '/download/cn-north-1/sqlserver-1/sqlbk-1/%ff',
    '/download/cn-north-1/sqlserver-1/sqlbk-1/shop.bak?Expires=1&Expires=2',
    '/download/__proto__/constructor/toString/x',
    '//download',
    '/',
    '*',
    'http://elsewhere/download/a/b/c/d',
    '/download/\x00',
    '/download/\xe8\xae\xa2',
  ])('get a plain rejection: %j', async (target) => {
    const answer = await rawRequest(upstream.origin, line(target));
    expect(answer).toMatch(/^HTTP\/1\.1 (400|403|404) /);
    expect(answer).toMatch(/"error":\{"code":(400|403|404),"status":"[A-Z_]+"/);
    expect(answer).not.toContain(folder);
  });

  it('are rejected in the error format even if they are not HTTP', async () => {
    const answer = await rawRequest(upstream.origin, 'HELLO\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"status":"INVALID_ARGUMENT"');
  });

  it('leave neither errors nor links in the log', () => {
    const log = upstream.log.join('');
    expect(log).not.toMatch(/"level":[56]0/);
    expect(log).not.toContain('Signature=');
  });
});

describe('a page of another origin', () => {
  it('may fetch a link, and resume', async () => {
    const link = await linkTo('shop.bak');
    const preflight = await fetch(link, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe(
      'Range, If-Range, If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since',
    );
    for (const url of [link, link.slice(0, -1)]) {
      const response = await fetch(url);
      await response.text();
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  it('may do nothing else', async () => {
    const response = await fetch(await linkTo('shop.bak'), { method: 'DELETE' });
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect((await refusalOf(response))[0]).toBe(405);
    expect(await readFile(join(files, 'shop.bak'), 'utf8')).toBe('0123456789');
  });
});
