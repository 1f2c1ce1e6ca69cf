import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  createLimitedCallers,
  createMemoryBudget,
} from '../../../../src/upstream/policy/budget.js';

/** A budget on a clock of its own, and an upstream that counts what was let through. */
function windowOf(maxPerMinute: number, hasShares = true) {
  let now = 5000;
  const calls: { readonly at: number; readonly callerId: string }[] = [];
  const limited = createLimitedCallers(() => now);
  const budget = createMemoryBudget({
    maxPerMinute,
    hasShares,
    now: () => now,
    onLimited: (callerId) => {
      limited.add(callerId);
    },
  });
  return {
    calls,
    limited,
    budget,
    pass: (ms: number) => void (now += ms),
    /** Asks for some calls; returns how many there were, and the last wait. */
    ask: (count: number, callerId = '') => {
      let pause = 0;
      let granted = 0;
      for (let call = 0; call < count; call += 1) {
        pause = budget.take(callerId);
        if (pause === 0) {
          granted += 1;
          calls.push({ at: now, callerId });
        }
      }
      return { granted, pause };
    },
  };
}

/** The most calls that fall into 60 seconds, wherever those begin. */
function peakPerMinute(calls: readonly { readonly at: number }[]): number {
  let peak = 0;
  let from = 0;
  for (const [index, { at }] of calls.entries()) {
    while (calls[from]!.at <= at - 60_000) from += 1;
    peak = Math.max(peak, index - from + 1);
  }
  return peak;
}

describe('the call budget', () => {
  it('never allows more calls than the limit in any 60 seconds', () => {
    const steps = fc.array(
      fc.record({
        pass: fc.oneof(
          fc.integer({ min: 0, max: 1500 }),
          fc.integer({ min: 0, max: 70_000 }),
          fc.constantFrom(999, 1000, 1001, 59_999, 60_000, 60_001),
        ),
        count: fc.integer({ min: 1, max: 40 }),
        callerId: fc.constantFrom('a', 'b', 'c'),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.boolean(), steps, (max, hasShares, all) => {
        const { ask, pass, calls } = windowOf(max, hasShares);
        for (const step of all) {
          pass(step.pass);
          ask(step.count, step.callerId);
        }
        expect(peakPerMinute(calls)).toBeLessThanOrEqual(max);
      }),
    );
  });

  it('frees calls as they expire, and reports the wait', () => {
    const { ask, pass } = windowOf(10, false);
    ask(4);
    pass(30_000);
    ask(6);
    expect(ask(1)).toEqual({ granted: 0, pause: 31_000 });
    pass(30_999);
    expect(ask(1)).toEqual({ granted: 0, pause: 1 });
    pass(1);
    expect(ask(5)).toEqual({ granted: 4, pause: 30_000 });
  });

  it('grants the full budget to a continuous caller', () => {
    const { ask, pass, calls } = windowOf(600, false);
    for (let second = 0; second < 600; second += 1) {
      ask(50);
      pass(1000);
    }
    // The minute of the window is a second longer than that of the clock.
    expect(calls.length).toBeGreaterThan(600 * 9.6);
  });

  it('forgets a returned call', () => {
    const { ask, budget } = windowOf(3);
    ask(3, 'a');
    budget.giveBack('a');
    expect(ask(2, 'a').granted).toBe(1);
    budget.giveBack('nobody');
    expect(ask(2, 'a').granted).toBe(0);
  });
});

describe("a caller's share", () => {
  it('is four fifths of the budget: others are served while it waits', () => {
    const { ask, pass } = windowOf(100);
    expect(ask(100, 'a')).toEqual({ granted: 80, pause: 60_000 });
    pass(6000);
    expect(ask(1, 'b')).toEqual({ granted: 1, pause: 0 });
    expect(ask(1, 'a')).toEqual({ granted: 0, pause: 55_000 });
    pass(53_000);
    expect(ask(1, 'a').granted).toBe(0);
    pass(2000);
    expect(ask(100, 'a').granted).toBe(79);
  });

  it('of the last fifth is half of the rest, so that greedy callers leave calls for the next', () => {
    const { ask } = windowOf(1000);
    const granted = ['a', 'b', 'c', 'd', 'e'].map((callerId) => ask(2000, callerId).granted);
    expect(granted).toEqual([800, 101, 50, 25, 13]);
    expect(ask(2, 'next').granted).toBe(2);
  });

  it.each([1, 2, 4])('is the whole budget of %d: a fifth of it is no call', (max) => {
    const { ask } = windowOf(max);
    expect(ask(10, 'a').granted).toBe(max);
  });

  it('does not apply where all requests have one caller', () => {
    const { ask } = windowOf(100, false);
    expect(ask(120).granted).toBe(100);
  });

  it('counts callers that exhaust it, separately from the budget, for a minute', () => {
    const { ask, pass, limited } = windowOf(100);
    ask(85, 'a');
    expect(limited.count()).toBe(1);
    ask(1, 'b');
    expect(limited.count()).toBe(1);
    for (let modest = 0; modest < 19; modest += 1) ask(1, `modest ${modest}`);
    // Nothing is left for anybody: that is no matter of shares.
    expect(ask(1, 'c').granted).toBe(0);
    expect(limited.count()).toBe(1);
    pass(60_001);
    expect(limited.count()).toBe(0);
  });

  it('is remembered only while calls count', () => {
    const { ask, pass } = windowOf(100_000);
    for (let caller = 0; caller < 20_000; caller += 1) ask(1, `caller ${caller}`);
    pass(61_000);
    expect(ask(100_000, 'a').granted).toBe(80_000);
  });
});
