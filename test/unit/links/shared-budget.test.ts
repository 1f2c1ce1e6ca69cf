import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createHash, randomUUID } from 'node:crypto';
import {
  createSharedBudget,
  type RunScript,
  type SharedBudgetOptions,
} from '../../../src/links/shared-budget.js';
import { COMMON_REDIS, hasRedis } from '../../helpers/redis.js';

const nameOf = (callerId: string) => createHash('sha256').update(callerId).digest('hex');

function budgetOver(run: RunScript, options: Partial<SharedBudgetOptions> = {}) {
  let now = 1000;
  const budget = createSharedBudget({
    script: () => run,
    account: 'account',
    maxPerMinute: 3,
    hasShares: true,
    nameOf,
    now: () => now,
    ...options,
  });
  return {
    take: async (callerId: string) => budget.take(callerId),
    pass: (ms: number) => (now += ms),
  };
}

describe('a shared budget', () => {
  it.each([
    ['a word', 'OK'],
    ['a number', 4],
    ['nothing', null],
    ['an empty list', []],
    ['text for a number', ['60000', 0]],
    ['a fraction', [0.5, 0]],
    ['no number', [NaN, 0]],
  ])('with the reply %s counts the calls of this process only', async (_, reply) => {
    const { take } = budgetOver(() => Promise.resolve(reply));

    expect([await take('a'), await take('a'), await take('a')]).toEqual([0, 0, 0]);
    expect(await take('a')).toBe(60_000);
  });

  it.each([
    [1, 1],
    [700, 700],
    [61_000, 60_000],
    [Number.MAX_SAFE_INTEGER, 60_000],
    [-5, 1],
  ])('asked to wait %d ms waits %d', async (told, waited) => {
    const { take } = budgetOver(() => Promise.resolve([told, 0]));

    expect(await take('a')).toBe(waited);
  });

  it('without Redis counts the calls of this process, including earlier ones', async () => {
    let isAway = false;
    const { take } = budgetOver(() =>
      isAway ? Promise.reject(new Error('away')) : Promise.resolve([0, 0]),
    );
    await take('a');
    await take('b');
    isAway = true;

    expect([await take('a'), await take('a')]).toEqual([0, 60_000]);
  });

  it('never lets a process exceed the whole budget, whatever Redis replies', async () => {
    const { take } = budgetOver(() => Promise.resolve([0, 0]));
    const taken = await Promise.all(Array.from({ length: 9 }, () => take('a')));

    expect(taken.filter((pause) => pause === 0)).toHaveLength(3);
  });

  it('is not asked again by a caller during its wait, and loses no call', async () => {
    let asked = 0;
    const replies = [
      [5000, 1],
      [0, 0],
      [0, 0],
      [0, 0],
    ];
    const limited: string[] = [];
    const { take, pass } = budgetOver(() => Promise.resolve(replies[asked++]), {
      onLimited: (callerId) => void limited.push(callerId),
    });
    expect(await take('a')).toBe(5000);
    pass(2000);
    expect(await take('a')).toBe(3000);
    expect(asked).toBe(1);
    expect(await take('b')).toBe(0);
    pass(3000);
    expect([await take('a'), await take('a')]).toEqual([0, 0]);
    expect(limited).toEqual(['a']);
  });

  it('reveals neither account nor caller, and stores no caller without shares', async () => {
    const keys: (readonly string[])[] = [];
    const run: RunScript = (of) => (keys.push(of), Promise.resolve([0, 0]));
    await budgetOver(run).take('alice@example');
    await budgetOver(run, { hasShares: false }).take('alice@example');

    expect(keys).toEqual([
      [
        'backup-links:budget:account:calls',
        `backup-links:budget:account:caller:${nameOf('alice@example')}`,
      ],
      ['backup-links:budget:account:calls'],
    ]);
  });
});

const withRedis = (await hasRedis(COMMON_REDIS)) ? describe : describe.skip;

withRedis('two processes with a budget on a Redis', () => {
  let redis: Redis;
  let account: string;

  beforeAll(() => {
    redis = new Redis(COMMON_REDIS);
  });
  beforeEach(() => {
    account = randomUUID();
  });
  afterAll(() => redis.quit());

  /** The budget of one more process, on the real clock. */
  function processWith(options: Partial<SharedBudgetOptions> = {}) {
    const name = `take${randomUUID()}`;
    const budget = createSharedBudget({
      script: (lua) => {
        redis.defineCommand(name, { lua });
        return (keys, args) => (redis as any)[name](keys.length, ...keys, ...args);
      },
      account,
      maxPerMinute: 10,
      hasShares: true,
      nameOf,
      ...options,
    });
    return async (count: number, callerId = 'a') => {
      const pauses = await Promise.all(
        Array.from({ length: count }, async () => budget.take(callerId)),
      );
      return {
        granted: pauses.filter((pause) => pause === 0).length,
        pause: Math.max(...pauses),
      };
    };
  }

  const callsKey = () => `backup-links:budget:${account}:calls`;
  const callerKey = (callerId: string) =>
    `backup-links:budget:${account}:caller:${nameOf(callerId)}`;
  const second = async () => Number((await redis.time())[0]);
  const put = (key: string, at: number, calls: number | string) =>
    redis.hset(key, String(at % 64), `${at}:${calls}`);

  it('make no more calls than one', async () => {
    const [one, other] = [processWith({ hasShares: false }), processWith({ hasShares: false })];
    const ends = await Promise.all([one(8), other(8)]);

    expect(ends[0].granted + ends[1].granted).toBe(10);
    expect(ends[1].pause).toBeGreaterThan(50_000);
    expect(ends[1].pause).toBeLessThanOrEqual(60_000);
  });

  it('share the usage of each caller', async () => {
    const [one, other] = [processWith({ maxPerMinute: 100 }), processWith({ maxPerMinute: 100 })];
    const granted = [await one(50), await other(50), await one(50)].map((end) => end.granted);

    expect(granted).toEqual([50, 30, 0]);
    expect((await other(5, 'b')).granted).toBe(5);
    expect((await one(50, 'c')).granted).toBe(8);
  });

  it('count a call for a minute and at most two seconds more', async () => {
    const now = await second();
    await put(callsKey(), now - 60, 9);
    await put(callsKey(), now - 64, 9);

    expect((await processWith({ hasShares: false })(10)).granted).toBe(1);
  });

  it('leave nothing behind', async () => {
    await processWith()(3);

    for (const key of [callsKey(), callerKey('a')]) {
      expect(await redis.ttl(key)).toBeGreaterThan(60);
      expect(await redis.ttl(key)).toBeLessThanOrEqual(62);
    }
  });

  it.each<[string, (key: string) => Promise<unknown>]>([
    ['text', (key) => redis.set(key, 'x'.repeat(100))],
    ['a number far ahead', (key) => redis.set(key, '9007199254740993', 'EX', 315_360_000)],
    ['a list', (key) => redis.rpush(key, '1', '2')],
    ['a hash of other things', (key) => redis.hset(key, { 1: 'x', 2: '-5', 3: '1:2:3', y: '9' })],
    ['calls of the future', async (key) => put(key, (await second()) + 1000, 1_000_000)],
    ['calls of long ago', async (key) => put(key, (await second()) - 640, 1_000_000)],
    ['a negative count', async (key) => put(key, await second(), -1_000_000)],
    ['a fraction', async (key) => put(key, (await second()) - 3, '1e9')],
    ['a sum of the future', async (key) => redis.hset(key, 'sum', `${(await second()) + 1000}:9`)],
    ['a sum that is none', async (key) => redis.hset(key, 'sum', `${await second()}:x`)],
    [
      'more fields than it ever has',
      (key) =>
        redis.hset(key, Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${i}`, i]))),
    ],
  ])('are not blocked by %s instead of the calls', async (_, poison) => {
    await poison(callsKey());
    await poison(callerKey('a'));

    expect((await processWith()(20)).granted).toBe(8);
    // Whatever stood there, what it counts from now on is right.
    expect((await processWith()(20, 'b')).granted).toBe(2);
  });

  it('wait at most a minute for an excessive count', async () => {
    const now = await second();
    for (let at = now - 61; at <= now; at += 1) await put(callsKey(), at, '9'.repeat(300));
    const { granted, pause } = await processWith()(1);

    expect({ granted, pause }).toEqual({ granted: 0, pause: 60_000 });
  });
});
