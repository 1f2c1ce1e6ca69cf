import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deadline } from '../../../../src/upstream/policy/deadline.js';
import { type FairQueue, createFairQueue } from '../../../../src/upstream/policy/fair-queue.js';

const deadline = (signal?: AbortSignal) => new Deadline(10_000, signal);
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Puts tasks named `<caller><number>` into the queue; each runs until it is ended by name. */
function tasksIn(queue: FairQueue) {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    started,
    add: async (callerId: string, number: number, signal?: AbortSignal) => {
      await queue.enter(callerId, deadline(signal));
      started.push(`${callerId}${number}`);
      await new Promise<void>((resolve) => ends.set(`${callerId}${number}`, resolve));
      queue.leave();
    },
    end: async (name: string) => {
      await tick();
      ends.get(name)!();
      await tick();
    },
  };
}

describe('the queue', () => {
  it('starts a task only when one before it has ended, in order', async () => {
    const queue = createFairQueue(() => 2);
    const { add, end, started } = tasksIn(queue);
    const runs = [1, 2, 3].map((number) => add('a', number));
    await tick();
    expect(started).toEqual(['a1', 'a2']);
    expect([queue.running(), queue.waiting()]).toEqual([2, 1]);

    await end('a2');
    expect(started).toEqual(['a1', 'a2', 'a3']);
    await end('a1');
    await end('a3');
    await Promise.all(runs);
    expect([queue.running(), queue.waiting()]).toEqual([0, 0]);
  });

  it('lets callers take turns, each in its own order', async () => {
    const queue = createFairQueue(() => 1);
    const { add, end, started } = tasksIn(queue);
    const runs = [1, 2, 3, 4].map((number) => add('a', number));
    runs.push(add('b', 1), add('c', 1), add('b', 2));
    await tick();
    for (let index = 0; index < runs.length; index += 1) await end(started[index]!);

    await Promise.all(runs);
    expect(started).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('fills the places that a higher limit adds when a call comes', async () => {
    let limit = 1;
    const queue = createFairQueue(() => limit);
    const { add, started } = tasksIn(queue);
    for (const number of [1, 2]) void add('a', number);
    limit = 3;
    void add('b', 1);
    await tick();
    expect(started).toEqual(['a1', 'a2', 'b1']);
  });

  it('rejects a waiting task as soon as it is aborted, and never starts it', async () => {
    const queue = createFairQueue(() => 1);
    const { add, end, started } = tasksIn(queue);
    const first = add('a', 1);
    const client = new AbortController();
    const second = add('a', 2, client.signal);
    const third = add('a', 3);
    const reason = new Error('gone');
    client.abort(reason);

    await expect(second).rejects.toBe(reason);
    expect(queue.waiting()).toBe(1);
    await end('a1');
    await end('a3');
    await Promise.all([first, third]);
    expect(started).toEqual(['a1', 'a3']);
  });

  it('rejects a task that is aborted before it comes, and gives it no place', async () => {
    const queue = createFairQueue(() => 1);
    void queue.enter('b', deadline());
    const client = new AbortController();
    const reason = new Error('gone');
    client.abort(reason);
    await expect(queue.enter('a', deadline(client.signal))).rejects.toBe(reason);
    expect([queue.running(), queue.waiting()]).toEqual([1, 0]);
  });
});
