import { describe, expect, it } from '@jest/globals';
import { createRetryBudget } from '../../../../src/upstream/policy/retry-budget.js';

/** How many retries there are at once. */
function retriesOf(budget: ReturnType<typeof createRetryBudget>): number {
  let retries = 0;
  while (budget.takeRetry()) retries += 1;
  return retries;
}

describe('the retry budget', () => {
  it('allows its reserve to be used immediately', () => {
    expect(retriesOf(createRetryBudget({ reserve: 32, now: () => 0 }))).toBe(32);
  });

  it('allows one retry per five calls in the long run', () => {
    const budget = createRetryBudget({ reserve: 10, now: () => 0 });
    let retries = 0;
    for (let call = 0; call < 1000; call += 1) {
      budget.countCall();
      while (budget.takeRetry()) retries += 1;
    }

    expect(retries).toBeGreaterThanOrEqual(199);
    expect(retries).toBeLessThanOrEqual(210);
  });

  it('saves no more than its reserve', () => {
    const budget = createRetryBudget({ reserve: 3, now: () => 0 });
    for (let call = 0; call < 1000; call += 1) budget.countCall();

    expect(retriesOf(budget)).toBe(3);
  });

  it('refills over time, without calls too, but not from a clock set back', () => {
    let now = 0;
    const budget = createRetryBudget({ reserve: 10, now: () => now });
    retriesOf(budget);
    now = 10_000;
    expect(retriesOf(budget)).toBe(2);
    now = 0;
    expect(retriesOf(budget)).toBe(0);
  });

  it('takes back returned retries, within its reserve', () => {
    const budget = createRetryBudget({ reserve: 2, now: () => 0 });
    retriesOf(budget);
    for (let time = 0; time < 5; time += 1) budget.giveBack?.();

    expect(retriesOf(budget)).toBe(2);
  });
});
