import { afterEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import {
  type Connections,
  createConnections,
} from '../../../../src/http/connections/connections.js';

const REQUEST = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';

let server: Server;
let connections: Connections;

afterEach(() => void server.close());

/** A server whose responses close their connection. */
async function listen(settleMs: number): Promise<void> {
  connections = createConnections({
    maxConnections: 100,
    stallMs: 60_000,
    onCut: () => undefined,
    settleMs,
  });
  server = createServer(
    connections.inTurn((request, response) => {
      response.shouldKeepAlive = request.url === '/keep';
      response.end('answer');
    }),
  );
  connections.watch(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
}

async function open(): Promise<{ socket: Socket; text: Promise<string> }> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await Promise.all([once(socket, 'connect'), once(server, 'connection')]);
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  const text = once(socket, 'close').then(() => received);
  return { socket, text };
}

it('responds to requests that new and just used connections send during the stop', async () => {
  await listen(1000);
  const fresh = await open();
  const used = await open();
  used.socket.write(REQUEST.replace('/', '/keep'));
  await once(used.socket, 'data');
  const settled = connections.settle();
  fresh.socket.write(REQUEST);
  used.socket.write(REQUEST);
  expect(await fresh.text).toMatch(/^HTTP\/1\.1 200 [^]*answer$/);
  expect(await used.text).toMatch(/^HTTP\/1\.1 200 [^]*answer.*HTTP\/1\.1 200 [^]*answer$/);
  await settled;
});

it('closes silent connections and does not wait for responses in progress', async () => {
  await listen(1);
  const silent = await open();
  await connections.settle();
  expect(await silent.text).toBe('');
});

it('has nothing to wait for without connections', async () => {
  await listen(60_000);
  await connections.settle();
});
