import { afterEach, beforeEach, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { decodeBody, limitBodies } from '../../../src/http/body.js';
import { gzipSync } from 'node:zlib';
import { type OpenConnection, openConnection } from '../../helpers/open-connection.js';

const MAX = 64 * 1024;

let http: FastifyInstance;
let origin: string;
let refused = 0;

beforeEach(async () => {
  refused = 0;
  http = Fastify();
  http.route({
    url: '/',
    method: 'POST',
    preParsing: [decodeBody, limitBodies(MAX, () => (refused += 1))],
    handler: () => ({ answer: 'whole' }),
  });
  origin = await http.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  await http.close();
});

/** Sends the head of a request of `bytes` bytes. */
async function begin(bytes: number, ...lines: string[]): Promise<OpenConnection> {
  const connection = await openConnection(origin);
  const head = ['POST / HTTP/1.1', 'Host: x', 'Content-Type: application/json', ...lines];
  connection.write([...head, `Content-Length: ${bytes}`, '', ''].join('\r\n'));
  return connection;
}

it('cuts off the body that has been arriving longest', async () => {
  const [first, second, third] = [await begin(MAX), await begin(50_002), await begin(20_002)];
  first.write(`"${'a'.repeat(30_000)}`);
  second.write(`"${'b'.repeat(30_000)}`);
  third.write(`"${'c'.repeat(20_000)}"`);
  await third.has('whole');
  expect(await first.closed).toBe('');
  expect(refused).toBe(1);
  second.write(`${'b'.repeat(20_000)}"`);
  await second.has('whole');
});

it('counts what a body becomes in memory', async () => {
  const packed = gzipSync(`"${'a'.repeat(2 * MAX)}"`);
  const bomb = await begin(packed.length, 'Content-Encoding: gzip');
  bomb.socket.write(packed);
  expect(await bomb.closed).toBe('');
  const drops = await begin(MAX, 'Expect: 100-continue');
  await drops.has('100 Continue');
  drops.socket.setNoDelay();
  for (let count = 0; count < 1000 && drops.socket.writable; count += 1) {
    await new Promise<void>((resolve) => drops.socket.write(' ', () => setImmediate(resolve)));
  }
  await drops.closed;
  expect(refused).toBe(2);
});

it('forgets a body once its response has ended or its client has disconnected', async () => {
  for (let times = 0; times < 10; times += 1) {
    const whole = await begin(30_002);
    whole.write(`"${'a'.repeat(30_000)}"`);
    await whole.has('whole');
    const partial = await begin(MAX);
    partial.write(`"${'a'.repeat(20_000)}`);
    partial.socket.end();
    await partial.closed;
  }
  expect(refused).toBe(0);
});
