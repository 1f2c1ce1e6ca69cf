import { beforeAll, describe, expect, it } from '@jest/globals';
import { lookup } from 'node:dns/promises';
import { MAX_WAITING } from '../../src/http/server/connections.js';
import { type OpenConnection, openConnection } from '../helpers/open-connection.js';
import { type Product, startProductAt } from '../helpers/product.js';
import { rawRequest } from '../helpers/raw-request.js';
import { ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { backupRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const TYPENAME = '{"query":"{__typename}"}';
const DATA = '{"data":{"__typename":"Query"}}';
const LIVE = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n';

let product: Product;

const upstream = await startScriptedUpstream({ backups: [backupRow({ backupId: 'b-1' })] });

async function start(env: Record<string, string> = {}): Promise<Product> {
  product = await startProductAt(upstream.origin, env);
  return product;
}

/** The upstream holds lists back until `release`; `called` resolves once `count` are requested. */
function holdLists(count = 1): { readonly called: Promise<void>; readonly release: () => void } {
  let [release, call] = [(): void => undefined, (): void => undefined];
  const held = new Promise<void>((resolve) => (release = resolve));
  const called = new Promise<void>((resolve) => (call = resolve));
  let calls = 0;
  upstream.handle('describeBackups', async () => {
    if ((calls += 1) === count) call();
    await held;
    return ok({ backup: [], totalCount: 0 });
  });
  return { called, release };
}

const open = (): Promise<OpenConnection> => openConnection(product.origin);

function post(body: string, ...lines: string[]): string {
  const head = ['POST /graphql HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
  return [...head, `Content-Length: ${body.length}`, ...lines, '', body].join('\r\n');
}

/** A query that makes the upstream look up a backup with this id. */
const queryOf = (backupId: string): string =>
  JSON.stringify({ query: `{ backup(id: "${REGION}/${SQL_INSTANCE}/${backupId}") { name } }` });

const refusedFor = async (reason: string): Promise<number> => {
  const text = await product.metrics();
  return Number(
    new RegExp(`http_refused_total\\{reason="${reason}"\\} (\\d+)`).exec(text)?.[1] ?? 0,
  );
};

const linesAbout = (text: string): readonly string[] =>
  product.log.filter((line) => line.includes(text));

/** The response Node would send by default. */
function expectRefusal(answer: string, status: number): string {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head).toContain('content-type: application/json; charset=utf-8');
  expect(head).toContain('cache-control: no-store');
  expect(head).toContain('x-content-type-options: nosniff');
  expect(head).toMatch(/x-request-id: [\w-]{36}/);
  expect(head).toMatch(/connection: close/i);
  const { errors } = JSON.parse(body);
  expect(errors).toEqual([{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }]);
  return errors[0].message;
}

describe('a request head that is too large', () => {
  const big = 'x'.repeat(20_000);

  it('is rejected like every request, counted, and logged once', async () => {
    await start();
    for (const header of ['Authorization: Bearer', 'Cookie: session=', 'X-Anything:']) {
      const answer = await rawRequest(product.origin, post(TYPENAME, `${header} ${big}`));
      const message = expectRefusal(answer, 431);
      expect(message).toContain('request headers are too large; the limit is 16384 bytes');
      expect(message).toContain('MAX_HEADER_BYTES');
    }
    expect(await refusedFor('headers')).toBe(3);
    expect(linesAbout('MAX_HEADER_BYTES')).toHaveLength(1);
    expect(product.log.join('')).not.toContain('xxxx');
  });

  it('is served if MAX_HEADER_BYTES allows it, and rejected with that number', async () => {
    await start({ MAX_HEADER_BYTES: '32768' });
    const close = 'Connection: close';
    expect(await rawRequest(product.origin, post(TYPENAME, `Cookie: a=${big}`, close))).toContain(
      DATA,
    );
    const answer = await rawRequest(product.origin, post(TYPENAME, `Cookie: a=${big}${big}`));
    expect(expectRefusal(answer, 431)).toContain('32768 bytes');
  });

  it('does not disturb an earlier response on its connection', async () => {
    await start();
    const answer = await rawRequest(product.origin, `${LIVE}${post(TYPENAME, `Cookie: a=${big}`)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('a request that Node rejects gets the common error format:', () => {
  beforeAll(() => start({ REQUEST_TIMEOUT_MS: '100' }));

  it.each([
    ['text that is not HTTP', 'hello\r\n\r\n'],
    ['an invalid length', 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['an unknown method', 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: x\r\n: x\r\n\r\n'],
  ])('%s', async (_what, text) => {
    const before = await refusedFor('malformed');
    expectRefusal(await rawRequest(product.origin, text), 400);
    expect(await refusedFor('malformed')).toBe(before + 1);
    expect(product.lines(40)).toEqual([]);
  });

  it('a tunnel', async () => {
    const connect = 'CONNECT db.internal:443 HTTP/1.1\r\nHost: db.internal:443\r\n\r\n';
    expectRefusal(await rawRequest(product.origin, connect), 405);
  });

  it.each([
    ['an unfinished head', 'GET /graphql HTTP/1.1\r\nHost: localhost\r\n'],
    ['a missing body', post(TYPENAME).slice(0, -5)],
    ['nothing at all', ''],
  ])('%s', async (_what, text) => {
    const connection = await open();
    connection.write(text);
    expectRefusal(await connection.closed, 408);
    expect(product.lines(50)).toEqual([]);
  });
});

describe('requests on one connection', () => {
  it('are processed in order, one after the other', async () => {
    let underWay = 0;
    let most = 0;
    upstream.handle('describeBackups', async () => {
      most = Math.max(most, (underWay += 1));
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return ok({ backup: [], totalCount: 0 });
    });
    await start();
    const connection = await open();
    const names = Array.from({ length: MAX_WAITING }, (_, index) => `b-${index}`);
    connection.write(
      names.map((name) => post(queryOf(name), `x-request-id: request-${name}`)).join('') +
        post(TYPENAME, 'Connection: close'),
    );
    const answers = await connection.closed;
    const ids = [...answers.matchAll(/x-request-id: request-(b-\d+)/g)].map(([, name]) => name);
    expect(ids).toEqual(names);
    expect(answers).toContain(DATA);
    expect(most).toBe(1);
    expect(upstream.counts()['describeBackups']).toBe(names.length);
  });

  it('are limited in number: the connection is closed, the server keeps running', async () => {
    const { release } = holdLists();
    await start();
    const connection = await open();
    connection.write(post(queryOf('b-1')) + LIVE.repeat(MAX_WAITING + 1));
    expect(await connection.closed).toBe('');
    release();
    expect(await refusedFor('pipelining')).toBe(1);
    expect((await fetch(`${product.origin}/health/live`)).status).toBe(200);
  });

  it('are not started once their client has disconnected', async () => {
    const { called, release } = holdLists();
    await start();
    const connection = await open();
    connection.write(post(queryOf('b-1')) + post(queryOf('b-2')) + post(queryOf('b-3')));
    await called;
    connection.socket.destroy();
    await connection.closed;
    release();
    await product.query('{ __typename }');
    expect(upstream.counts()['describeBackups']).toBe(1);
  });
});

it('a client that disconnects during its call is not a server error', async () => {
  const { release } = holdLists();
  await start({ UPSTREAM_MAX_CONCURRENCY: '1' });
  const first = await open();
  const second = await open();
  const metrics = () => product.metrics();
  first.write(post(queryOf('b-1')));
  while (!(await metrics()).includes('upstream_in_flight 1'));
  second.write(post(queryOf('b-2')));
  while (!(await metrics()).includes('upstream_queued 1'));
  second.socket.destroy();
  while (!(await metrics()).includes('code="CLIENT_GONE"'));
  release();
  await first.has('"data"');
  expect(upstream.counts()['describeBackups']).toBe(1);
  expect(await metrics()).not.toContain('INTERNAL_SERVER_ERROR');
  expect(product.lines(50)).toEqual([]);
});

describe('requests in progress', () => {
  it('beyond MAX_CONCURRENT_REQUESTS get 503 before their body is read, probes do not', async () => {
    const { called, release } = holdLists(2);
    await start({ MAX_CONCURRENT_REQUESTS: '2' });
    const held1 = await open();
    const held2 = await open();
    held1.write(post(queryOf('b-1')));
    held2.write(post(queryOf('b-2')));
    await called;
    const refused = await open();
    refused.write(post(TYPENAME).replace(TYPENAME, ''));
    await refused.has('"errors"');
    expect(refused.received()).toMatch(/^HTTP\/1\.1 503 /);
    expect(refused.received()).toContain('retry-after: 1');
    expect(refused.received()).toContain('"code":"SERVICE_UNAVAILABLE"');
    expect((await fetch(`${product.origin}/health/live`)).status).toBe(200);
    expect(await refusedFor('requests')).toBe(1);
    release();
    await held1.has('"data"');
    await held2.has('"data"');
    expect((await product.query('{ __typename }')).status).toBe(200);
    expect(linesAbout('MAX_CONCURRENT_REQUESTS')).toHaveLength(1);
  });

  it('hold no place and no connection until their body is whole', async () => {
    await start({ MAX_CONCURRENT_REQUESTS: '2', MAX_CONNECTIONS: '10' });
    const slow: OpenConnection[] = [];
    for (let count = 0; count < 12; count += 1) {
      const connection = await open();
      slow.push(connection);
      connection.write(post(TYPENAME).slice(0, -TYPENAME.length + 1));
      // Answers to others prove that the beginning has arrived.
      const { status, text } = await product.query('{ __typename }');
      expect([status, text]).toEqual([200, expect.stringContaining(DATA)]);
    }
    const [first, second] = slow;
    await Promise.all([first?.closed, second?.closed]);
    const last = slow.at(-1);
    last?.write(TYPENAME.slice(1));
    await last?.has(DATA);
  });

  it('are released by clients that disconnect in the middle of a body', async () => {
    await start({ MAX_CONCURRENT_REQUESTS: '1' });
    for (let times = 0; times < 3; times += 1) {
      const connection = await open();
      connection.write(post(TYPENAME, 'Expect: 100-continue').slice(0, -5));
      await connection.has('100 Continue');
      connection.socket.destroy();
      await connection.closed;
      // The server notices a little later.
      while ((await product.query('{ __typename }')).status === 503);
    }
    expect((await product.query('{ __typename }')).text).toContain(DATA);
  });
});

describe('connections', () => {
  it('beyond MAX_CONNECTIONS replace those idle longest, whatever these have sent', async () => {
    await start({ MAX_CONNECTIONS: '10' });
    const silent = await open();
    const slow = await open();
    slow.write('GET /graphql HTTP/1.1\r\n');
    const served = await open();
    served.write(LIVE);
    await served.has('{"status":"ok"}');
    const others: OpenConnection[] = [];
    for (let count = 0; count < 9; count += 1) others.push(await open());
    await Promise.all([silent.closed, slow.closed]);
    for (const connection of [served, ...others]) {
      connection.write(LIVE);
      await connection.has('{"status":"ok"}');
    }
    expect(linesAbout('MAX_CONNECTIONS')).toHaveLength(1);
  });

  it('with a request in progress are kept', async () => {
    const { called, release } = holdLists();
    await start({ MAX_CONNECTIONS: '10' });
    const busy = await open();
    busy.write(post(queryOf('b-1')));
    await called;
    const others: OpenConnection[] = [];
    for (let count = 0; count < 20; count += 1) others.push(await open());
    await Promise.all(others.slice(0, 11).map(({ closed }) => closed));
    release();
    await busy.has('"data"');
  });
});

it('HOST=localhost serves all its addresses under the same limits', async () => {
  await start({ HOST: 'localhost' });
  const { port } = new URL(product.origin);
  for (const { address, family } of await lookup('localhost', { all: true })) {
    const connection = await openConnection(
      `http://${family === 6 ? `[${address}]` : address}:${port}`,
    );
    connection.write('hello\r\n\r\n');
    expectRefusal(await connection.closed, 400);
  }
});
