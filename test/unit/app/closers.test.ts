import { describe, expect, it } from '@jest/globals';
import { createClosers } from '../../../src/app/closers.js';

describe('closers', () => {
  it('close in reverse order, one after the other', async () => {
    const closers = createClosers();
    const events: string[] = [];
    for (const name of ['a', 'b']) {
      closers.add(async () => {
        events.push(`${name} begins`);
        await Promise.resolve();
        events.push(`${name} ends`);
      });
    }
    await closers.closeAll(1000);
    expect(events).toEqual(['b begins', 'b ends', 'a begins', 'a ends']);
  });

  it('are all closed even if some fail; the first failure is thrown and holds the others', async () => {
    const closers = createClosers();
    const closed: string[] = [];
    const [first, second] = [new Error('first'), new Error('second')];
    closers.add(() => Promise.resolve(void closed.push('a')));
    closers.add(() => {
      throw second;
    });
    closers.add(() => Promise.reject(first));
    closers.add(() => Promise.resolve(void closed.push('b')));
    const error = await closers.closeAll(1000).catch((fault: unknown) => fault);
    expect(closed).toEqual(['b', 'a']);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({ message: 'first', errors: [first, second] });
  });

  it('throw a single failure unchanged', async () => {
    const closers = createClosers();
    const fault = new Error('only one');
    closers.add(() => Promise.reject(fault));
    await expect(closers.closeAll(0)).rejects.toBe(fault);
  });

  it('continue past one that hangs, and name it', async () => {
    const closers = createClosers();
    const closed: string[] = [];
    closers.add(() => Promise.resolve(void closed.push('a')), 'a');
    closers.add(() => new Promise(() => undefined), 'Redis');
    await expect(closers.closeAll(20)).rejects.toThrow('Redis did not close in time');
    expect(closed).toEqual(['a']);
  });

  it('each receive the rest of the grace period', async () => {
    const closers = createClosers();
    const left: number[] = [];
    for (let i = 0; i < 2; i += 1) {
      closers.add(async (remainingMs) => {
        left.push(remainingMs);
        const end = performance.now() + 30;
        while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
      });
    }
    await closers.closeAll(10);
    expect(left[0]).toBeLessThanOrEqual(10);
    expect(left[1]).toBe(0);
  });
});
