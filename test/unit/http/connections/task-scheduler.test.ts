import { describe, expect, it } from '@jest/globals';
import { createTurns } from '../../../../src/http/connections/task-scheduler.js';

/** A clock and turns of the event loop that move by hand. */
function createLoop() {
  let time = 0;
  let deferred: (() => void)[] = [];
  const begun: string[] = [];
  const turns = createTurns({ now: () => time, defer: (run) => void deferred.push(run) });
  return {
    begun,
    arrived: turns.arrived,
    wait: (ms: number) => void (time += ms),
    take(name: string, durationMs: number) {
      turns.take(() => {
        begun.push(name);
        time += durationMs;
        return true;
      });
    },
    nextTurn() {
      const runs = deferred;
      deferred = [];
      for (const run of runs) run();
    },
    isAtRest: () => deferred.length === 0,
  };
}

describe('tasks begin', () => {
  it('at once, as long as those of the same turn took no longer than 20 ms', () => {
    const loop = createLoop();
    for (const name of ['a', 'b', 'c']) loop.take(name, 10);
    expect(loop.begun).toEqual(['a', 'b', 'c']);
  });

  it('after that one in each turn, in their order, late ones behind those that wait', () => {
    const loop = createLoop();
    loop.take('long', 30);
    for (const name of ['b', 'c']) loop.take(name, 0);
    expect(loop.begun).toEqual(['long']);
    loop.nextTurn();
    loop.take('d', 0);
    expect(loop.begun).toEqual(['long', 'b']);
    loop.nextTurn();
    loop.nextTurn();
    expect(loop.begun).toEqual(['long', 'b', 'c', 'd']);
    loop.take('e', 0);
    expect(loop.begun).toEqual(['long', 'b', 'c', 'd', 'e']);
  });

  it('with nothing left to run once all have begun', () => {
    const loop = createLoop();
    loop.take('long', 30);
    loop.take('b', 0);
    loop.nextTurn();
    loop.nextTurn();
    expect(loop.begun).toEqual(['long', 'b']);
    expect(loop.isAtRest()).toBe(true);
  });

  it('one turn later where a connection has just been accepted', () => {
    const loop = createLoop();
    loop.arrived();
    loop.nextTurn();
    loop.take('its request', 1);
    expect(loop.begun).toEqual([]);
    loop.nextTurn();
    expect(loop.begun).toEqual(['its request']);
  });

  it('after the connections that go on arriving, but for one every 50 ms', () => {
    const loop = createLoop();
    loop.take('first', 1);
    for (const name of ['b', 'c']) {
      loop.arrived();
      loop.take(name, 1);
    }
    for (let turn = 0; turn < 5; turn += 1) {
      loop.arrived();
      loop.nextTurn();
    }
    expect(loop.begun).toEqual(['first']);
    loop.wait(50);
    loop.arrived();
    loop.nextTurn();
    loop.arrived();
    loop.nextTurn();
    expect(loop.begun).toEqual(['first', 'b']);
    loop.nextTurn();
    expect(loop.begun).toEqual(['first', 'b', 'c']);
  });
});
