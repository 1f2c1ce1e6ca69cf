import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AttemptOutcome } from '../../../../src/upstream/outcome.js';
import { fixedCredentials } from '../../../../src/upstream/credential-source.js';
import { startDeadline } from '../../../../src/upstream/policy/deadline.js';
import { backoff, retry } from '../../../../src/upstream/policy/retry.js';
import {
  createRetryBudget,
  type RetryBudget,
} from '../../../../src/upstream/policy/retry-budget.js';
import { createThrottleGate } from '../../../../src/upstream/policy/throttle-gate.js';
import { type Wait, wait as waitByTimer } from '../../../../src/upstream/policy/wait.js';
import { toReply } from '../../../../src/upstream/reply.js';
import { TEST_CREDENTIALS } from '../../../helpers/upstream-client.js';

const TIMEOUT_MS = 10_000;
const answered = (status: number, headers = {}): AttemptOutcome => {
  const reply = toReply({ status, headers, body: '{"result":{}}', weight: 2 }, 0);
  return { kind: 'answered', reply, credentials: TEST_CREDENTIALS, sentAt: 0, answeredAt: 0 };
};
const BROKEN: AttemptOutcome = { kind: 'broken', code: 'ECONNRESET', onIdleSocket: false };
const ALONE = {
  credentialSource: fixedCredentials(TEST_CREDENTIALS),
  isRefused: () => false,
};
const unlimited: RetryBudget = { countCall: () => undefined, takeRetry: () => true };

interface Options {
  readonly maxRetries?: number;
  readonly budget?: RetryBudget;
  readonly random?: () => number;
}

/** Makes a call on a clock that moves only while it waits; `upstream` is told the time, in milliseconds. */
async function call(
  upstream: (time: number) => AttemptOutcome,
  { maxRetries = 2, budget = unlimited, random = Math.random }: Options = {},
) {
  let time = 0;
  const attempts: number[] = [];
  const wait: Wait = (ms) => Promise.resolve(void (time += ms));
  const outcome = await retry(
    () => {
      attempts.push(time);
      return Promise.resolve(upstream(time));
    },
    {
      ...ALONE,
      maxRetries,
      budget,
      deadline: {
        signal: new AbortController().signal,
        remaining: () => TIMEOUT_MS - time,
        clear: () => undefined,
      },
      gate: createThrottleGate({ timeoutMs: TIMEOUT_MS, wait: () => Promise.resolve(), random }),
      wait,
      random,
    },
  );
  const isGood = outcome.kind === 'answered' && outcome.reply.status === 200;
  return { isGood, attempts };
}

/** Random numbers that are the same each time, and fall everywhere from 0 up to 1. */
function even(count: number): () => number {
  let drawn = 0;
  return () => ((drawn += 1) * 0.618_034 * count) % 1;
}

const throttledFor = (ms: number, status: number) => (time: number) =>
  answered(time < ms ? status : 200);

describe('retries of a page of links', () => {
  it.each([429, 503])('outlast %d for a third of the deadline', async (status) => {
    const budget = createRetryBudget({ reserve: 256, now: () => 0 });
    const random = even(50);
    const links = Array.from({ length: 50 }, () =>
      call(throttledFor(3000, status), { budget, random }),
    );
    const ends = await Promise.all(links);

    expect(ends.filter(({ isGood }) => isGood)).toHaveLength(50);
    expect(ends.flatMap(({ attempts }) => attempts).length).toBeLessThanOrEqual(150);
    const firstRetries = ends.map(({ attempts }) => attempts[1]!).sort((a, b) => a - b);
    expect(firstRetries[0]).toBeLessThan(1400);
    expect(firstRetries.at(-1)).toBeGreaterThan(2300);
  });

  it('never exceed the retry budget, however long the throttling', async () => {
    const budget = createRetryBudget({ reserve: 20, now: () => 0 });
    const links = Array.from({ length: 50 }, () => call(() => answered(429), { budget }));
    const ends = await Promise.all(links);

    expect(ends.filter(({ isGood }) => isGood)).toEqual([]);
    expect(ends.flatMap(({ attempts }) => attempts).length).toBeLessThanOrEqual(50 + 20 + 10);
  });
});

describe('a page of links with one gate and fewer retries than links', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('outlasts throttling for a third of the deadline, since one probes at a time', async () => {
    const random = even(50);
    const budget = createRetryBudget({ reserve: 32, now: Date.now });
    const gate = createThrottleGate({ timeoutMs: TIMEOUT_MS, wait: waitByTimer, random });
    const begin = performance.now();
    let attempts = 0;
    const links = Array.from({ length: 50 }, async () => {
      const deadline = startDeadline(TIMEOUT_MS);
      const attempt = () => {
        attempts += 1;
        return Promise.resolve(answered(performance.now() - begin < 3000 ? 429 : 200));
      };
      const rest = { ...ALONE, maxRetries: 2, wait: waitByTimer, random };
      const outcome = await retry(attempt, { ...rest, budget, gate, deadline });
      deadline.clear();
      return outcome.kind === 'answered' && outcome.reply.status;
    });
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS);

    expect(await Promise.all(links)).toEqual(Array(50).fill(200));
    // The first of each, those that tried in vain, and the last of each.
    expect(attempts).toBeLessThanOrEqual(50 + 6 + 50);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('the retry of a throttled call', () => {
  it.each<[number, number, number[]]>([
    [1, 0, [0, 1250]],
    [1, 1, [0, 2500]],
    [2, 0, [0, 1250, 3437.5]],
    [2, 1, [0, 2500, 6250]],
    [4, 1, [0, 625, 1796.875, 3847.656_25, 6923.828_125]],
  ])(
    'with %d retries and jitter %d is made before the deadline',
    async (maxRetries, jitter, at) => {
      const { attempts } = await call(() => answered(429), { maxRetries, random: () => jitter });

      expect(attempts).toEqual(at);
    },
  );

  it.each<[string, number[]]>([
    ['0', [0, 50, 150]],
    ['2', [0, 2000, 4000]],
    ['6', [0, 6000]],
    ['10', [0]],
  ])('after Retry-After %s is made at that time', async (retryAfter, at) => {
    const busy = answered(429, { 'retry-after': retryAfter });
    const { attempts } = await call(() => busy, { random: () => 0.5 });

    expect(attempts).toEqual(at);
  });
});

it.each<[string, AttemptOutcome]>([
  ['500', answered(500)],
  ['502', answered(502)],
  ['a broken connection', BROKEN],
  ['an attempt out of time', { kind: 'timed-out', cutShort: false }],
])('the retry after %s is made soon', async (_, outcome) => {
  const { attempts } = await call(() => outcome, { random: () => 0.5 });

  expect(attempts).toEqual([0, 50, 150]);
});

describe('the backoff', () => {
  it.each([
    [0, 100],
    [1, 200],
    [2, 400],
    [4, 1600],
    [5, 2000],
    [60, 2000],
  ])('before retry %d is between 0 and %d ms', (retry, most) => {
    expect(backoff(retry, () => 0)).toBe(0);
    expect(backoff(retry, () => 0.5)).toBe(most / 2);
    expect(backoff(retry, () => 0.999_999)).toBeLessThan(most);
  });
});
