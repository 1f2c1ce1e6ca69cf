import { describe, expect, it } from '@jest/globals';
import { createMemoryBudget, waitForBudget } from '../../../../src/upstream/policy/budget.js';

const deadline = { signal: new AbortController().signal, remaining: () => 2500, clear: () => {} };

describe('the call budget', () => {
  it('grants the allowed calls per minute, then reports the wait', async () => {
    const budget = createMemoryBudget(3);
    const taken = [await budget.take(), await budget.take(), await budget.take()];
    const pause = await budget.take();

    expect(taken).toEqual([0, 0, 0]);
    expect(pause).toBeGreaterThan(59_000);
    expect(pause).toBeLessThanOrEqual(60_000);
  });

  it('has shares only if callers are distinguished', async () => {
    const shared = createMemoryBudget(5, { hasShares: true });
    const taken = [];
    for (let call = 0; call < 5; call += 1) taken.push(await shared.take('a'));
    expect(taken).toEqual([0, 0, 0, 0, expect.any(Number)]);
    expect(taken[4]).toBeGreaterThan(0);
    expect(await shared.take('b')).toBe(0);

    const common = createMemoryBudget(5);
    for (let call = 0; call < 5; call += 1) expect(await common.take('a')).toBe(0);
    expect(await common.take('b')).toBeGreaterThan(0);
  });

  it('is awaited if the deadline allows', async () => {
    const waits: number[] = [];
    await waitForBudget(2499, deadline, (ms) => Promise.resolve(void waits.push(ms)));

    expect(waits).toEqual([2499]);
  });

  it('is not awaited past the deadline', async () => {
    const wait = () => Promise.reject(new Error('must not wait'));

    await expect(waitForBudget(2500, deadline, wait)).rejects.toMatchObject({
      code: 'UPSTREAM_THROTTLED',
      details: { retryAfter: 3 },
    });
  });
});
