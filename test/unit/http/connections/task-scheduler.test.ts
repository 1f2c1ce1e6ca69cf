import { describe, expect, it } from '@jest/globals';
import { createTaskScheduler } from '../../../../src/http/connections/task-scheduler.js';

/** A clock and event loop advanced by the test. */
function createLoop() {
  let time = 0;
  let deferred: (() => void)[] = [];
  const begun: string[] = [];
  const scheduler = createTaskScheduler({
    now: () => time,
    defer: (run) => void deferred.push(run),
  });
  return {
    begun,
    connectionAccepted: scheduler.connectionAccepted,
    wait: (ms: number) => void (time += ms),
    schedule(name: string, durationMs: number) {
      scheduler.schedule(() => {
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

describe('tasks start', () => {
  it('immediately while those of the same turn have taken no more than 20 ms', () => {
    const loop = createLoop();
    for (const name of ['a', 'b', 'c']) loop.schedule(name, 10);
    expect(loop.begun).toEqual(['a', 'b', 'c']);
  });

  it('in order, one per turn, once a turn has taken longer', () => {
    const loop = createLoop();
    loop.schedule('long', 30);
    for (const name of ['b', 'c']) loop.schedule(name, 0);
    expect(loop.begun).toEqual(['long']);
    loop.nextTurn();
    loop.schedule('d', 0);
    expect(loop.begun).toEqual(['long', 'b']);
    loop.nextTurn();
    loop.nextTurn();
    expect(loop.begun).toEqual(['long', 'b', 'c', 'd']);
    loop.schedule('e', 0);
    expect(loop.begun).toEqual(['long', 'b', 'c', 'd', 'e']);
  });

  it('and leave nothing scheduled once all have started', () => {
    const loop = createLoop();
    loop.schedule('long', 30);
    loop.schedule('b', 0);
    loop.nextTurn();
    loop.nextTurn();
    expect(loop.begun).toEqual(['long', 'b']);
    expect(loop.isAtRest()).toBe(true);
  });

  it('one turn later after a connection was accepted', () => {
    const loop = createLoop();
    loop.connectionAccepted();
    loop.nextTurn();
    loop.schedule('its request', 1);
    expect(loop.begun).toEqual([]);
    loop.nextTurn();
    expect(loop.begun).toEqual(['its request']);
  });

  it('after continuously arriving connections, except one every 50 ms', () => {
    const loop = createLoop();
    loop.schedule('first', 1);
    for (const name of ['b', 'c']) {
      loop.connectionAccepted();
      loop.schedule(name, 1);
    }
    for (let turn = 0; turn < 5; turn += 1) {
      loop.connectionAccepted();
      loop.nextTurn();
    }
    expect(loop.begun).toEqual(['first']);
    loop.wait(50);
    loop.connectionAccepted();
    loop.nextTurn();
    loop.connectionAccepted();
    loop.nextTurn();
    expect(loop.begun).toEqual(['first', 'b']);
    loop.nextTurn();
    expect(loop.begun).toEqual(['first', 'b', 'c']);
  });
});
