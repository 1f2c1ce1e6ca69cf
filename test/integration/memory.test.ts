import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleBelow } from '../helpers/embedded.js';
import {
  type CompiledProduct,
  compileProduct,
  type ProductProcess,
  startProcess,
} from '../helpers/product-process.js';
import { repeat } from '../helpers/query-shapes.js';
import { SECRET_AUTH } from '../helpers/tokens.js';

let compiled: CompiledProduct;
let dir: string;
let product: ProductProcess;
let sockets: Socket[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'memory-'));
  compiled = await compileProduct();
});

afterAll(async () => {
  await compiled.remove();
  await rm(dir, { recursive: true });
});

/** @param heap megabytes Node may use for long-lived objects */
async function start(heap: number, settings: Record<string, string> = {}): Promise<void> {
  const env = { ...SECRET_AUTH, EMBEDDED_DIR: await sampleBelow(dir), ...settings };
  product = await startProcess(compiled, env, [`--max-old-space-size=${heap}`]);
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  product.kill('SIGKILL');
  await product.exited;
});

const post = (request: object) =>
  fetch(`${product.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });

/** Sends a request without reading the response; settles when all of it is sent. */
function postWithoutReading(request: object): Promise<void> {
  const body = JSON.stringify(request);
  const { hostname, port } = new URL(product.origin);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.pause();
  const head = `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return new Promise((resolve) => socket.write(head + body, () => resolve()));
}

/** Sends requests one after the other from a few clients at once. */
async function inTurns(count: number, send: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) await send(next++);
  };
  await Promise.all(Array.from({ length: 4 }, client));
}

async function livesOn(): Promise<void> {
  const [health, answer] = await Promise.all([
    fetch(`${product.origin}/health/live`),
    post({ query: '{ __typename }' }),
  ]);
  expect([health.status, answer.status]).toEqual([200, 200]);
}

const entities = (count: number) => ({
  r: Array.from({ length: count }, (_, i) => ({ __typename: 'Backup', id: `r/i/b-${i}` })),
});
const named = (alias: string) =>
  `query ($r: [_Any!]!) { ${alias}: _entities(representations: $r) { __typename } }`;

it('a heap of 256 MB survives unauthenticated clients that read no response', async () => {
  await start(256);
  const requests = [
    { query: named('a'.repeat(490_000)), variables: entities(500) },
    { query: named('a'.repeat(255)), variables: entities(500) },
    {
      query: `query ${'N'.repeat(400_000)}(${repeat(150, (i) => `$v${i}: Int`)}) { __typename }`,
    },
    { query: `{ ${repeat(5, (i) => `${'s'.repeat(250)}${i}: _service { sdl }`)} }` },
  ];
  await inTurns(48, (index) => postWithoutReading(requests[index % requests.length] ?? {}));
  await livesOn();
}, 60_000);

it('a heap of 96 MB survives as much in unique documents', async () => {
  await start(96, { MAX_QUERY_LENGTH: '500000' });
  await inTurns(200, async (index) => {
    const answer = await post({ query: `#${index}${'x'.repeat(490_000)}\n{ __typename }` });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  });
  await livesOn();
}, 60_000);
