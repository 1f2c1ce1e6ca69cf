import { describe, expect, it } from '@jest/globals';
import { createCallQueue } from '../../../../src/upstream/policy/queue.js';

const live = new AbortController().signal;

describe('the queue', () => {
  it('starts a task only when one before it has ended, in order', async () => {
    const queue = createCallQueue(2);
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const task = (name: number) => () => {
      started.push(name);
      return new Promise<void>((resolve) => void ends.push(resolve));
    };
    const runs = [1, 2, 3].map((name) => queue.run(task(name), live));
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).toEqual([1, 2]);

    ends[1]!();
    await runs[1];
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).toEqual([1, 2, 3]);
    for (const end of ends) end();
    await Promise.all(runs);
  });

  it('goes on after a task that failed', async () => {
    const queue = createCallQueue(1);
    const failing = queue.run(() => Promise.reject(new Error('failed')), live);
    const next = queue.run(() => Promise.resolve('next'), live);

    await expect(failing).rejects.toThrow('failed');
    expect(await next).toBe('next');
  });

  it('rejects a waiting task as soon as it is aborted, and never starts it', async () => {
    const queue = createCallQueue(1);
    let end = (): void => undefined;
    const first = queue.run(() => new Promise<void>((resolve) => (end = resolve)), live);
    const caller = new AbortController();
    let hasStarted = false;
    const second = queue.run(() => {
      hasStarted = true;
      return Promise.resolve();
    }, caller.signal);
    const reason = new Error('gone');
    caller.abort(reason);

    await expect(second).rejects.toBe(reason);
    end();
    await first;
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasStarted).toBe(false);
  });
});
