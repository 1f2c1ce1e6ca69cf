import { expect, it } from '@jest/globals';
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { startProcess } from '../helpers/product-process.js';

const CLIENTS = 200;
const REQUESTS = 200;
/** The longest an orchestrator waits for a probe, with room for a busy machine. */
const PROBE_TIMEOUT_MS = 5000;

const folder = temporaryFolder();
const product = await startProcess({ EMBEDDED_DIR: await sampleBelow(folder) }, [
  '--max-old-space-size=256',
]);

const QUERY = JSON.stringify({
  query:
    '{ instances(regionId: "cn-north-1") { nodes { id backups(first: 20) { nodes { id name files { name } } } } } }',
});
const POST = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${QUERY.length}\r\n\r\n${QUERY}`;

/** Sends requests without waiting for responses, and reconnects whenever disconnected. */
function flood(origin: string, text: string): () => void {
  const { hostname, port } = new URL(origin);
  const sockets = new Set<Socket>();
  let isOver = false;
  function begin(): void {
    const socket = connect(Number(port), hostname);
    sockets.add(socket);
    socket.on('error', () => undefined).resume();
    socket.write(text);
    socket.once('close', () => {
      sockets.delete(socket);
      if (!isOver) begin();
    });
  }
  for (let count = 0; count < CLIENTS; count += 1) begin();
  return () => {
    isOver = true;
    for (const socket of sockets) socket.destroy();
  };
}

/** The status of a probe on a new connection. */
function probe(origin: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = get(`${origin}/health/live`, { agent: false, timeout: PROBE_TIMEOUT_MS });
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('timeout', () => {
      asked.destroy(new Error('the probe was not answered in time'));
    });
    asked.on('error', reject);
  });
}

it.each([
  ['200 requests at once', POST.repeat(REQUESTS)],
  ['as many requests as may wait', POST.repeat(10)],
])(
  'a probe is answered while 200 connections send %s',
  async (_what, text) => {
    const stop = flood(product.origin, text);
    try {
      for (let times = 0; times < 5; times += 1) expect(await probe(product.origin)).toBe(200);
    } finally {
      stop();
    }
    expect((await product.query('{ __typename }')).data).toEqual({ __typename: 'Query' });
  },
  60_000,
);
