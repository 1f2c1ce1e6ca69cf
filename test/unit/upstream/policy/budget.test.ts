import { describe, expect, it } from '@jest/globals';
import { createMemoryBudget, waitForBudget } from '../../../../src/upstream/policy/budget.js';

const deadline = { signal: new AbortController().signal, remaining: () => 2500, clear: () => {} };

describe('the budget of calls', () => {
  it('has as many calls in a minute as are allowed, then tells how long to wait', async () => {
    const budget = createMemoryBudget(3);
    const taken = await Promise.all([1, 2, 3].map(() => budget.take()));
    const pause = await budget.take();

    expect(taken).toEqual([0, 0, 0]);
    expect(pause).toBeGreaterThan(59_000);
    expect(pause).toBeLessThanOrEqual(60_000);
  });

  it('is waited for where the deadline allows it', async () => {
    const waits: number[] = [];
    await waitForBudget(2499, deadline, (ms) => Promise.resolve(void waits.push(ms)));

    expect(waits).toEqual([2499]);
  });

  it('is not waited for past the deadline', async () => {
    const wait = () => Promise.reject(new Error('must not wait'));

    await expect(waitForBudget(2500, deadline, wait)).rejects.toMatchObject({
      code: 'UPSTREAM_THROTTLED',
      details: { retryAfter: 3 },
    });
  });
});
