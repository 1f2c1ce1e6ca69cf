import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createConnections } from '../../../../src/http/connections/connections.js';

/** The part of a socket used by the table. */
class TestSocket extends EventEmitter {
  destroyed = false;
  destroy(): this {
    this.destroyed = true;
    this.emit('close');
    return this;
  }
  destroySoon(): void {
    this.destroy();
  }
}

function setUp(maxConnections: number) {
  const cuts: string[] = [];
  const connections = createConnections({
    maxConnections,
    stallMs: 60_000,
    settleMs: 0,
    onCut: (reason) => cuts.push(reason),
  });
  const server = new EventEmitter();
  connections.watch(server as Server);
  const handle = connections.inTurn(() => undefined);
  const connect = (): Socket & TestSocket => {
    const socket = new TestSocket() as Socket & TestSocket;
    server.emit('connection', socket);
    return socket;
  };
  /** Sends a request and returns a function that ends its response. */
  const request = (socket: Socket): (() => void) => {
    const response = Object.assign(new EventEmitter(), { setTimeout: () => undefined });
    handle({ socket, headers: {} } as IncomingMessage, response as unknown as ServerResponse);
    return () => response.emit('close');
  };
  return { connections, connect, request, cuts };
}

describe('a server at its connection limit', () => {
  it('closes the longest idle connection for a new one', () => {
    const { connect, request, cuts } = setUp(3);
    const [first, second, third] = [connect(), connect(), connect()];
    request(first)();
    request(second);
    const fourth = connect();
    const sockets = [first, second, third, fourth];
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, false, true, false]);
    expect(cuts).toEqual(['connections']);
  });

  it('rejects new connections while all have requests', () => {
    const { connect, request } = setUp(2);
    const [first, second] = [connect(), connect()];
    request(first);
    request(second);
    expect(connect().destroyed).toBe(true);
    first.destroy();
    expect(connect().destroyed).toBe(false);
    expect(second.destroyed).toBe(false);
  });
});

it('closes idle connections on shutdown, the others after their last response', async () => {
  const { connections, connect, request } = setUp(9);
  const [silent, busy] = [connect(), connect()];
  const [endFirst, endSecond] = [request(busy), request(busy)];
  await connections.settle();
  expect([silent.destroyed, busy.destroyed]).toEqual([true, false]);
  endFirst();
  expect(busy.destroyed).toBe(false);
  endSecond();
  expect(busy.destroyed).toBe(true);
});
