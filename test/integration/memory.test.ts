import { afterEach, expect, it } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { type ProductProcess, startProcess } from '../helpers/product-process.js';
import { repeat } from '../helpers/query-shapes.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';
import { until } from '../helpers/until.js';

let product: ProductProcess;
let sockets: Socket[] = [];

const dir = temporaryFolder();

/** @param heap megabytes Node may use for long-lived objects */
async function start(heap: number, settings: Record<string, string> = {}): Promise<void> {
  const env = { ...SECRET_AUTH, EMBEDDED_DIR: await sampleBelow(dir), ...settings };
  product = await startProcess(env, [`--max-old-space-size=${heap}`]);
}

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
});

const post = (request: object, headers?: object) =>
  fetch(`${product.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(request),
  });

/** Sends a request without reading the response; settles when all of it is sent. */
function postWithoutReading(request: object, authorization = 'none'): Promise<void> {
  const body = JSON.stringify(request);
  const { hostname, port } = new URL(product.origin);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.pause();
  const head = `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
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
/** Of the sample data. */
const FIRST_BACKUP = '{ instances(regionId: "cn-north-1") { nodes { backups { nodes { id } } } } }';
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
});

it('a heap of 256 MB survives readers of large responses that read nothing, and serves others', async () => {
  await start(256);
  const [alice, bob] = await Promise.all([bearer(), bearer({ sub: 'bob' })]);
  const found = await post({ query: FIRST_BACKUP }, alice);
  const id = /"id":"([^"]+)"/.exec(await found.text())?.[1];
  const large = {
    query: `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Backup { ${repeat(
      44,
      (i) => `${'a'.repeat(250)}${i}: id`,
    )} } } }`,
    variables: { r: Array.from({ length: 500 }, () => ({ __typename: 'Backup', id })) },
  };
  for (let i = 0; i < 30; i += 1) await postWithoutReading(large, alice.authorization);
  let refused = await post(large, alice);
  // Not all of them may be under way yet.
  while (refused.status === 200) {
    await refused.arrayBuffer();
    refused = await post(large, alice);
  }
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await refused.json()).toEqual({
    errors: [
      {
        message: expect.stringContaining('retry later') as unknown,
        extensions: { code: 'SERVICE_UNAVAILABLE' },
      },
    ],
  });
  expect((await post({ query: FIRST_BACKUP }, alice)).status).toBe(200);
  const served = await post(large, bob);
  expect([served.status, (await served.text()).length > 5_000_000]).toEqual([200, true]);
  await livesOn();
  for (const socket of sockets) socket.destroy();
  await until(async () => (await post(large, alice)).status === 200);
});

it('a heap of 96 MB survives more than it holds in unique documents', async () => {
  await start(96, { MAX_QUERY_LENGTH: '500000' });
  await inTurns(120, async (index) => {
    const answer = await post({ query: `#${index}${'x'.repeat(490_000)}\n{ __typename }` });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  });
  await livesOn();
});
