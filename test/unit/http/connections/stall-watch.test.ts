import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { readSocketQueues } from '../../../../src/http/connections/socket-queues.js';
import { createStallWatch } from '../../../../src/http/connections/stall-watch.js';
import { connectSmallReader, type SmallReader } from '../../../helpers/small-reader.js';

/** More bytes than the buffers of both ends hold. */
const SIZE = 64 * 1024 * 1024;

let server: Server;
let clients: SmallReader[];

beforeEach(() => {
  server = createServer();
  clients = [];
});

afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** Both ends of a connection. */
async function connected(host = '127.0.0.1'): Promise<[Socket, SmallReader]> {
  if (!server.listening) await once(server.listen(0, host), 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = await connectSmallReader((server.address() as AddressInfo).port, 'x', { host });
  clients.push(client);
  const [socket] = await accepted;
  socket.on('error', () => undefined).resume();
  return [socket, client];
}

it('disconnects a client that reads nothing, and reports the unread bytes', async () => {
  const cut: Socket[] = [];
  const watch = createStallWatch({ stallMs: 40, onCut: (socket) => cut.push(socket) });
  const [socket, client] = await connected();
  watch.add(socket);
  socket.write(Buffer.alloc(SIZE));
  await once(socket, 'close');
  expect(cut).toEqual([socket]);
  const untaken = watch.untaken(socket);
  expect(untaken).toBeGreaterThan(SIZE / 2);
  expect(untaken).toBeLessThanOrEqual(SIZE);
  // The connection was reset, so the rest is never delivered.
  while (await client.read());
  if (process.platform === 'linux') expect(client.bytes()).toBe(SIZE - untaken);
});

const itOnLinux = process.platform === 'linux' ? it : it.skip;

describe.each(['127.0.0.1', '::'])('on %s', (host) => {
  itOnLinux('tolerates a client that reads a few bytes between checks, then stops', async () => {
    let looks = 0;
    const watch = createStallWatch({
      stallMs: 8,
      readQueues: async () => {
        looks += 1;
        if (looks <= 40) await client.read();
        return readSocketQueues();
      },
    });
    const [socket, client] = await connected(host);
    watch.add(socket);
    socket.write(Buffer.alloc(SIZE));
    await once(socket, 'close');
    // Ten times the checks of a stall, then no more than one stall takes.
    expect(looks).toBeGreaterThan(40);
    expect(looks).toBeLessThan(50);
  });
});

it('ignores connections without pending output', async () => {
  const watch = createStallWatch({ stallMs: 8 });
  const [idle] = await connected();
  const [answered, reader] = await connected();
  const [stalled] = await connected();
  for (const socket of [idle, answered, stalled]) watch.add(socket);
  answered.write('done');
  await reader.read();
  stalled.write(Buffer.alloc(SIZE));
  await once(stalled, 'close');
  expect([idle.destroyed, answered.destroyed]).toEqual([false, false]);
});

it('relies on what the kernel accepts if it does not report its queues', async () => {
  const watch = createStallWatch({
    stallMs: 8,
    readQueues: () => Promise.resolve({ of: () => ({ unacknowledged: 0, unread: 0 }) }),
  });
  const [socket] = await connected();
  watch.add(socket);
  socket.write(Buffer.alloc(SIZE));
  await once(socket, 'close');
  expect(watch.untaken(socket)).toBeGreaterThan(0);
});
