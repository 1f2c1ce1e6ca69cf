import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent, request } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync, gunzipSync } from 'node:zlib';
import { startProductAt } from '../helpers/product.js';
import { ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { backupRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const MAX_BODY = 4096;
const QUERY = '{"query":"{__typename}"}';
const DATA = '{"data":{"__typename":"Query"}}\n';
const LINK = JSON.stringify({
  query: `{ backup(id: "${REGION}/${SQL_INSTANCE}/b-1") { downloadURL(fileName: "shop.bak") { ... on DownloadLink { publicURL } } } }`,
});

/** One connection, so that leftovers of a request show in the next. */
let agent: Agent;

const upstream = await startScriptedUpstream({ backups: [backupRow({ backupId: 'b-1' })] });
upstream.handle(
  'describeBackupDownloadURL',
  ok({ publicURL: 'https://oss.example/k', internalURL: '' }),
);
const product = await startProductAt(upstream.origin, { MAX_BODY_BYTES: String(MAX_BODY) });

beforeEach(() => {
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
});
afterEach(() => {
  agent.destroy();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** @param chunked whether to omit the content length */
function post(body: Buffer | string, encoding?: string, chunked = false): Promise<Answer> {
  const headers = {
    'content-type': 'application/json',
    ...(encoding !== undefined && { 'content-encoding': encoding }),
    ...(!chunked && { 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${product.origin}/graphql`, { method: 'POST', agent, headers });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, text });
      });
    });
    if (chunked) sent.write(body);
    sent.end(chunked ? undefined : body);
  });
}

const messageOf = ({ text }: Answer): string => JSON.parse(text).errors[0].message;

describe('a compressed body is decoded', () => {
  it.each<[string, (text: string) => Buffer | string]>([
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['identity', (text) => text],
    ['', (text) => text],
    ['identity, gzip', gzipSync],
  ])('"%s"', async (encoding, encode) => {
    for (const chunked of [false, true]) {
      const { status, text } = await post(encode(QUERY), encoding, chunked);
      expect({ status, text }).toEqual({ status: 200, text: DATA });
    }
  });

  it('from several members, and from one larger than its content', async () => {
    const [half, rest] = [QUERY.slice(0, 9), QUERY.slice(9)];
    const members = Buffer.concat([gzipSync(half), gzipSync(rest)]);
    expect((await post(members, 'gzip')).text).toBe(DATA);
    expect((await post(gzipSync(QUERY, { level: 0 }), 'gzip')).text).toBe(DATA);
  });

  it('and may request a link', async () => {
    expect((await post(gzipSync(LINK), 'gzip')).text).toContain('https://oss.example/k');
  });
});

describe('the body limit applies to the decoded content:', () => {
  const padded = (bytes: number) => QUERY.replace('{', `{"x":"${'x'.repeat(bytes)}",`);

  it.each([false, true])(
    'a body many times its size is rejected (chunked: %s)',
    async (chunked) => {
      const bomb = gzipSync(padded(MAX_BODY * 500), { level: 9 });
      expect(bomb.byteLength).toBeLessThan(MAX_BODY);
      for (let times = 0; times < 3; times += 1) {
        const answer = await post(bomb, 'gzip', chunked);
        expect(answer.status).toBe(413);
        expect(messageOf(answer)).toContain(`${MAX_BODY} bytes`);
      }
      expect((await post(QUERY)).text).toBe(DATA);
    },
  );

  it('to the byte', async () => {
    const room = MAX_BODY - padded(0).length;
    expect((await post(gzipSync(padded(room)), 'gzip')).status).toBe(200);
    expect((await post(gzipSync(padded(room + 1)), 'gzip')).status).toBe(413);
  });

  it('and no more than the limit is decoded', async () => {
    const gigabyte = gzipOfZeros(1024);
    expect(gigabyte.byteLength).toBeGreaterThan(1_000_000);
    const roomy = await startProductAt(upstream.origin, { MAX_BODY_BYTES: '4194304' });
    const before = process.memoryUsage.rss();
    const response = await fetch(`${roomy.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: new Uint8Array(gigabyte),
    });
    const growth = process.memoryUsage.rss() - before;
    expect(response.status).toBe(413);
    expect(growth).toBeLessThan(128 * 1024 * 1024);
  });
});

describe('a body that cannot be decoded is a client error:', () => {
  it.each<[string, Buffer | string, string]>([
    ['no gzip', QUERY, 'gzip'],
    ['no deflate', QUERY, 'deflate'],
    ['a gzip that ends early', gzipSync(QUERY).subarray(0, 20), 'gzip'],
    ['a gzip with a wrong checksum', withWrongChecksum(gzipSync(QUERY)), 'gzip'],
    ['nothing', '', 'gzip'],
  ])('%s', async (_what, body, encoding) => {
    for (const chunked of [false, true]) {
      const answer = await post(body, encoding, chunked);
      expect(answer.status).toBe(400);
      expect(messageOf(answer)).toBe('The body does not match its Content-Encoding.');
    }
    expect((await post(QUERY)).text).toBe(DATA);
    expect(product.lines(50)).toEqual([]);
  });

  it.each<[string, Buffer]>([
    ['br', brotliCompressSync(QUERY)],
    ['zstd', Buffer.from(QUERY)],
    ['compress', Buffer.from(QUERY)],
    ['gzip, gzip', gzipSync(gzipSync(QUERY))],
    ['gzip, br', Buffer.from(QUERY)],
    ['constructor', Buffer.from(QUERY)],
    ['*', Buffer.from(QUERY)],
  ])('an unsupported encoding is rejected with the supported ones: %s', async (encoding, body) => {
    const answer = await post(body, encoding);
    expect(answer.status).toBe(415);
    expect(answer.headers['accept-encoding']).toBe('gzip, deflate, identity');
    expect(messageOf(answer)).toContain('content encoding');
    expect((await post(QUERY)).text).toBe(DATA);
  });
});

/** So many MiB of zeros, compressed to about a thousandth. */
function gzipOfZeros(mebibytes: number): Buffer {
  const one = gzipSync(Buffer.alloc(1024 * 1024), { level: 9 });
  expect(gunzipSync(one)).toHaveLength(1024 * 1024);
  return Buffer.concat(Array.from({ length: mebibytes }, () => one));
}

/** RFC 1952, section 2.3.1: the checksum is the second to last word. */
function withWrongChecksum(gzip: Buffer): Buffer {
  return gzip.fill(0, gzip.length - 8, gzip.length - 4);
}
