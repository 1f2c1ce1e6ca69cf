import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type AttemptOutcome, judge } from '../../../../src/upstream/outcome.js';
import { Deadline, wait } from '../../../../src/upstream/policy/deadline.js';
import { createLane, type Lane, type Turn } from '../../../../src/upstream/policy/lane.js';
import { createRetryBudget, retry } from '../../../../src/upstream/policy/retry.js';
import { answered } from '../../../helpers/simulation.js';
import { TEST_CREDENTIALS } from '../../../helpers/upstream-client.js';

const TIMEOUT_MS = 10_000;
const BROKEN: AttemptOutcome = { kind: 'broken', code: 'ECONNRESET', onIdleSocket: false };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

interface Options {
  readonly calls?: number;
  readonly maxRetries?: number;
  readonly reserve?: number;
  readonly random?: () => number;
}

/** Makes calls in one lane; returns how they ended, and when their attempts were made. */
async function make(upstream: (time: number) => AttemptOutcome, options: Options = {}) {
  const { calls = 1, maxRetries = 2, reserve = 256, random = Math.random } = options;
  const lane: Lane = createLane({ timeoutMs: TIMEOUT_MS, wait, random, minAttempts: Infinity });
  const budget = createRetryBudget(reserve, () => 0);
  const start = performance.now();
  const attempts: number[] = [];
  const attempt = (turn: Turn = 'free') => {
    const time = performance.now() - start;
    attempts.push(time);
    const outcome = upstream(time);
    lane.end(lane.begin(), judge(outcome), turn);
    return Promise.resolve(outcome);
  };
  const credentialSource = {
    current: () => TEST_CREDENTIALS,
    renew: () => Promise.resolve(false),
  };
  const by = { credentialSource, maxRetries, budget, lane, wait, random };
  const ends = Array.from({ length: calls }, async () => {
    const deadline = new Deadline(TIMEOUT_MS);
    return judge(await retry(await attempt(), attempt, { ...by, deadline })).code;
  });
  await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
  lane.close();
  return { codes: await Promise.all(ends), attempts };
}

/** Random numbers that are the same each time, and fall everywhere from 0 up to 1. */
function even(): () => number {
  let drawn = 0;
  return () => ((drawn += 1) * 0.618_034) % 1;
}

describe('the retries of a page of links', () => {
  it.each([429, 503])('outlast %d for a third of the deadline, one at a time', async (status) => {
    const { codes, attempts } = await make((time) => answered(time < 3000 ? status : 200), {
      calls: 50,
      reserve: 0,
      random: even(),
    });
    expect(codes).toEqual(Array(50).fill(null));
    // The first of each, those that tried in vain, and the last of each.
    expect(attempts.length).toBeLessThanOrEqual(50 + 6 + 50);
  });

  it('are probes alone however long the throttling', async () => {
    const { codes, attempts } = await make(() => answered(429), { calls: 50 });
    expect(codes).toEqual(Array(50).fill('UPSTREAM_THROTTLED'));
    expect(attempts.length).toBeLessThanOrEqual(50 + 4 + 10);
  });

  it('are few when all fail', async () => {
    const { attempts } = await make(() => answered(500), { calls: 50, reserve: 20 });
    expect(attempts).toHaveLength(50 + 20);
  });
});

describe('the retry', () => {
  it.each<[number, number, number[]]>([
    [1, 0, [0, 1250]],
    [1, 1, [0, 2500]],
    [2, 0, [0, 1250, 3437.5]],
    [2, 1, [0, 2500, 6250]],
    [4, 1, [0, 625, 1796.875, 3847.656_25, 6923.828_125]],
  ])('of %d with jitter %d is made before the deadline', async (maxRetries, jitter, at) => {
    const random = () => jitter;
    const { attempts } = await make(() => answered(429), { maxRetries, random });
    expect(attempts.map(Math.floor)).toEqual(at.map(Math.floor));
  });

  it.each<[string, number[]]>([
    ['0', [0, 50, 150]],
    ['2', [0, 2000, 4000]],
    ['6', [0, 6000]],
    ['10', [0]],
    [new Date(2000).toUTCString(), [0, 2000, 4000]],
    // Without one, it takes its part of the deadline.
    ['2abc', [0, 1875, 4921]],
  ])('after Retry-After %s is made at that time', async (retryAfter, at) => {
    const busy = answered(429, { 'retry-after': retryAfter });
    expect((await make(() => busy, { random: () => 0.5 })).attempts).toEqual(at);
  });

  it.each<[string, AttemptOutcome]>([
    ['500', answered(500)],
    ['502', answered(502)],
    ['a broken connection', BROKEN],
    ['an attempt out of time', { kind: 'timed-out', cutShort: false }],
  ])('after %s is made soon', async (_, outcome) => {
    const { attempts } = await make(() => outcome, { random: () => 0.5 });
    expect(attempts).toEqual([0, 50, 150]);
  });
});

describe('the retry budget', () => {
  const allOf = (budget: ReturnType<typeof createRetryBudget>): number => {
    let retries = 0;
    while (budget.take()) retries += 1;
    return retries;
  };

  it('is its reserve at once, and one retry for five calls in the long run', () => {
    const budget = createRetryBudget(32, () => 0);
    expect(allOf(budget)).toBe(32);
    let retries = 0;
    for (let call = 0; call < 1000; call += 1) {
      budget.countCall();
      retries += allOf(budget);
    }
    expect(retries).toBeGreaterThanOrEqual(199);
    expect(retries).toBeLessThanOrEqual(200);
    for (let call = 0; call < 1000; call += 1) budget.countCall();
    expect(allOf(budget)).toBe(32);
  });

  it('refills over time, without calls too', () => {
    let now = 0;
    const budget = createRetryBudget(10, () => now);
    allOf(budget);
    now = 10_000;
    expect(allOf(budget)).toBe(2);
  });
});
