import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createRedisLinkStore } from '../../../src/links/redis-link-store.js';
import { createSeal } from '../../../src/links/seal.js';
import { linkOf } from '../../helpers/links.js';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const tick = () => new Promise((resolve) => setImmediate(resolve));

/** The commands the store uses, over a map. */
function fakeRedis() {
  const values = new Map<string, Buffer>();
  const lives: number[] = [];
  let isAway = false;
  const orAway = async <Value>(value: () => Value): Promise<Value> => {
    await tick();
    if (isAway) throw new Error('Connection is closed.');
    return value();
  };
  const redis = {
    mgetBuffer: (names: string[]) => orAway(() => names.map((name) => values.get(name) ?? null)),
    set: (name: string, value: Buffer, _unit: 'PX', ms: number) =>
      orAway(() => {
        values.set(name, value);
        lives.push(ms);
        return 'OK';
      }),
  };
  return { redis: redis as never, values, lives, leave: () => void (isAway = true) };
}

function storeOver(
  redis: never,
  secrets: readonly [Buffer, ...Buffer[]] = [newKey],
  account = 'account',
) {
  return createRedisLinkStore({ redis, account, secrets });
}

describe('links in Redis', () => {
  it.each([
    ['of the whole set', linkOf()],
    [
      'with all it may have',
      linkOf({
        internalUrl: 'http://oss-internal.example/k?a=1',
        requestId: 'req-1',
        sizeBytes: 2 ** 40,
        sha256: 'a'.repeat(64),
      }),
    ],
  ])('are found as stored by every process with the key (%s)', async (_, link) => {
    const { redis, lives } = fakeRedis();
    storeOver(redis).put('key', link, 6000);
    await tick();

    expect(await storeOver(redis).get('key')).toEqual(link);
    expect(lives).toEqual([6000]);
  });

  it('reveal neither ids nor links', async () => {
    const { redis, values } = fakeRedis();
    storeOver(redis).put('["alice","cn-north-1/sql-1/bk-1","a.bak",60]', linkOf(), 6000);
    await tick();

    const kept = [...values].map(([name, value]) => name + value.toString('latin1')).join();
    expect(kept).toMatch(/^backup-links:link:[0-9a-f]{64}/);
    expect(kept).not.toMatch(/alice|cn-north-1|bk-1|a\.bak|oss\.example|Signature/);
  });

  it('are not found after they expire, even if the value is restored', async () => {
    const { redis, values } = fakeRedis();
    let now = 1_000_000;
    const store = createRedisLinkStore({
      redis,
      account: 'account',
      secrets: [newKey],
      now: () => now,
    });
    store.put('key', linkOf(), 6000);
    await tick();
    const copy = new Map(values);
    values.clear();

    now += 5999;
    for (const [name, value] of copy) values.set(name, value);
    expect(await store.get('key')).toEqual(linkOf());
    now += 1;
    expect(await store.get('key')).toBeUndefined();
  });

  it('are separate for each key and account', async () => {
    const { redis } = fakeRedis();
    storeOver(redis).put('key', linkOf(), 6000);
    await tick();

    expect(await storeOver(redis).get('another')).toBeUndefined();
    expect(await storeOver(redis, [newKey], 'another').get('key')).toBeUndefined();
  });

  it('are not found under a key they were moved to', async () => {
    const { redis, values } = fakeRedis();
    storeOver(redis).put('of alice', linkOf(), 6000);
    storeOver(redis).put('of bob', linkOf({ requestId: 'req-bob' }), 6000);
    await tick();
    const [alice, bob] = [...values.keys()];
    values.set(alice!, values.get(bob!)!);

    expect(await storeOver(redis).get('of alice')).toBeUndefined();
  });

  it('are found while keys are rotated process by process', async () => {
    const { redis } = fakeRedis();
    storeOver(redis, [oldKey]).put('before', linkOf(), 6000);
    const both = storeOver(redis, [newKey, oldKey]);
    both.put('after', linkOf(), 6000);
    await tick();

    expect(await both.get('before')).toEqual(linkOf());
    expect(await storeOver(redis, [newKey]).get('after')).toEqual(linkOf());
    expect(await storeOver(redis, [newKey]).get('before')).toBeUndefined();
    expect(await storeOver(redis, [oldKey]).get('after')).toBeUndefined();
  });

  it.each([
    ['no JSON', 'no JSON'],
    [
      'of another release, in another shape',
      JSON.stringify({ keptUntil: Date.now() + 6000, url: 'https://oss.example/k' }),
    ],
  ])('are ignored if they are %s', async (_, text) => {
    const { redis, values } = fakeRedis();
    const store = storeOver(redis);
    store.put('key', linkOf(), 6000);
    await tick();
    const [name = ''] = values.keys();
    values.set(name, createSeal(newKey).seal(name, text));

    expect(await store.get('key')).toBeUndefined();
  });

  it.each([
    ['beyond a day', 86_400_001, undefined],
    ['of a day', 86_400_000, linkOf()],
    ['of years', 1e12, undefined],
  ])('are not found if stored for a time %s', async (_, ms, found) => {
    const { redis } = fakeRedis();
    const store = createRedisLinkStore({
      redis,
      account: 'account',
      secrets: [newKey],
      now: () => 1_000_000,
    });
    store.put('key', linkOf(), ms);
    await tick();

    expect(await store.get('key')).toEqual(found);
  });
});
