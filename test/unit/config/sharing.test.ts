import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { type ConfigError, toConfig } from '../../../src/config/to-config.js';

const key = () => randomBytes(32).toString('base64');
const REDIS_URL = 'redis://:a-password@redis.example:6379/0';

function faults(env: Record<string, string>): readonly string[] {
  try {
    toConfig(env);
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
}

describe('link reuse', () => {
  it.each([
    ['', 0.1],
    ['0', 0],
    ['0.25', 0.25],
    ['0.9', 0.9],
  ])('of LINK_REUSE=%s is %d of the lifetime', (LINK_REUSE, expected) => {
    expect(toConfig({ LINK_REUSE }).linkReuse).toBe(expected);
  });

  it.each(['1', '0.91', '-0.1', '.5', '10%', '1e-1', 'NaN'])('rejects LINK_REUSE=%s', (text) => {
    expect(faults({ LINK_REUSE: text })).toEqual([
      'LINK_REUSE: expected a decimal number from 0 to 0.9',
    ]);
  });
});

describe('sharing over Redis', () => {
  it('is off by default', () => {
    expect(toConfig({})).not.toHaveProperty('redis');
  });

  it('requires a URL and at least one key, and shows neither', () => {
    const [first, second] = [key(), key()];
    const { redis } = toConfig({ REDIS_URL, CACHE_KEY: `${first}, ${second}` });

    expect(redis?.url.reveal()).toBe(REDIS_URL);
    expect(redis?.cacheKeys.map((secret) => secret.reveal())).toEqual([first, second]);
    expect(inspect(redis, { depth: 9 })).not.toMatch(/a-password|=/);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['an address without a key', { REDIS_URL }, /^CACHE_KEY: required with REDIS_URL/],
    ['a key without an address', { CACHE_KEY: key() }, /^CACHE_KEY: requires REDIS_URL$/],
    [
      'another protocol',
      { REDIS_URL: 'http://a', CACHE_KEY: key() },
      /^REDIS_URL: expected a Redis URL/,
    ],
    ['no address', { REDIS_URL: 'redis', CACHE_KEY: key() }, /^REDIS_URL: expected a Redis URL/],
    [
      'a short key',
      { REDIS_URL, CACHE_KEY: 'c2hvcnQ=' },
      /^CACHE_KEY: expected one or more comma-separated keys, each 32 bytes/,
    ],
    [
      'an empty second key',
      { REDIS_URL, CACHE_KEY: `${key()},` },
      /^CACHE_KEY: expected one or more/,
    ],
    [
      'a key in hex',
      { REDIS_URL, CACHE_KEY: 'ab'.repeat(32) },
      /^CACHE_KEY: expected one or more comma-separated keys, each 32 bytes/,
    ],
  ])('is rejected with %s', (_, env, expected) => {
    const found = faults(env);

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
    expect(found[0]).not.toMatch(/a-password|c2hvcnQ|abab/);
  });
});
