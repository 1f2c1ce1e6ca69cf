import { expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { useProduct } from '../helpers/product.js';
import { ok, type Reply } from '../helpers/scripted-replies.js';
import { until } from '../helpers/until.js';
import { REGION } from '../helpers/upstream-rows.js';

/** Milliseconds. */
const STALL = 100;
const FIELDS = 'abcdefghij'.split('');

const { product, upstream } = await useProduct({
  instances: Array.from({ length: 100 }, (_, i) => ({
    regionId: REGION,
    instanceId: `mysql-${i}`,
    instanceName: 'x'.repeat(3000),
    engine: 'MySQL',
  })),
  env: {
    STALL_TIMEOUT_MS: String(STALL),
    MAX_QUERY_COST: '1000000',
  },
});

function post(query: string): string {
  const body = JSON.stringify({ query });
  return (
    'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

/** Connects a client that sends but reads nothing. */
async function silent(text: string): Promise<Socket> {
  const socket = connect(Number(new URL(product.origin).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.pause().write(text);
  return socket;
}

const isOut = () => product.log.some((line) => line.includes('disconnected stalled clients'));

it('disconnects a client that does not read its response, but not one that waits for the upstream', async () => {
  let release: (reply: Reply) => void = () => undefined;
  const held = new Promise<Reply>((resolve) => (release = resolve));
  upstream.handle('describeBackups', () => held);
  const waiting = product.query(
    `{ backups(regionId: "${REGION}", instanceId: "mysql-1") { totalCount } }`,
  );
  const list = `instances(regionId: "${REGION}", first: 100) { nodes { name } }`;
  const query = post(`{ ${FIELDS.map((name) => `${name}: ${list}`).join(' ')} }`);
  // More than the buffers of both ends hold.
  const stalled = await silent(query.repeat(6));
  stalled.on('error', () => undefined);
  await until(isOut);
  release(ok({ backup: [], totalCount: 7 }));
  expect((await waiting).data).toEqual({ backups: { totalCount: 7 } });
  stalled.destroy();
});
