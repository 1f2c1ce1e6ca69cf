import { afterEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { createConnections, MAX_WAITING } from '../../../src/http/server/connections.js';

let server: Server;

afterEach(() => {
  server.close();
});

it('Node parses only one more request than may wait from a flood in one read', async () => {
  let parsed = 0;
  const cuts: string[] = [];
  const connections = createConnections(
    { maxConnections: 10, stallMs: 60_000 },
    (reason) => void cuts.push(reason),
  );
  const never = connections.inTurn(() => undefined);
  server = createServer((request, response) => {
    parsed += 1;
    never(request, response);
  });
  connections.watch(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
  await once(socket, 'close');
  expect(cuts).toEqual(['pipelining']);
  // One in progress, the most that may wait, and one too many.
  expect(parsed).toBe(MAX_WAITING + 2);
});
