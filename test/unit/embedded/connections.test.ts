import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { createConnections } from '../../../src/embedded/http/connections.js';

/** What is asked of a socket, and no more. */
class TestSocket extends EventEmitter {
  destroyed = false;
  ended = false;
  destroy(): this {
    this.destroyed = true;
    this.emit('close');
    return this;
  }
  destroySoon(): void {
    this.ended = true;
  }
}

function setUp(maxConnections: number) {
  const port = createConnections(maxConnections);
  const connect = (): Socket & TestSocket => {
    const socket = new TestSocket() as Socket & TestSocket;
    port.add(socket);
    return socket;
  };
  return { port, connect };
}

describe('a port at its connection limit', () => {
  it('closes the longest idle connection', () => {
    const { port, connect } = setUp(3);
    const [first, second, third] = [connect(), connect(), connect()];
    port.begin(first);
    port.end(first);
    port.begin(second);
    const fourth = connect();
    expect([first, second, third, fourth].map(({ destroyed }) => destroyed)).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  it('rejects new ones if all have requests, until one closes', () => {
    const { port, connect } = setUp(2);
    const [first, second] = [connect(), connect()];
    port.begin(first);
    port.begin(second);
    expect(connect().destroyed).toBe(true);
    first.destroy();
    expect(connect().destroyed).toBe(false);
    expect(second.destroyed).toBe(false);
  });
});

describe('a closing port', () => {
  it('closes idle connections immediately, others after their last response', () => {
    const { port, connect } = setUp(9);
    const [silent, busy] = [connect(), connect()];
    port.begin(busy);
    port.begin(busy);
    port.close();
    expect([silent.destroyed, busy.destroyed]).toEqual([true, false]);
    port.end(busy);
    expect(busy.ended).toBe(false);
    port.end(busy);
    expect(busy.ended).toBe(true);
    expect(connect().destroyed).toBe(true);
  });
});
