import { describe, expect, it } from '@jest/globals';
import { parseRedisUrl } from '../../../src/config/redis-address.js';

describe('REDIS_URL', () => {
  it.each([
    ['redis://cache', { host: 'cache', port: 6379, database: 0, password: '', isTls: false }],
    ['redis://cache/', { database: 0 }],
    ['redis://cache/3', { database: 3 }],
    ['redis://cache:6380/0', { port: 6380 }],
    ['rediss://cache', { isTls: true }],
    ['redis://[::1]:6380/1', { host: '::1', port: 6380, database: 1 }],
    ['redis://:pass@cache', { username: '', password: 'pass' }],
    ['redis://app:p%40ss%2Fword@cache', { username: 'app', password: 'p@ss/word' }],
    ['redis://app:p@ss@cache', { host: 'cache', password: 'p@ss' }],
  ])('%s names host, login and database', (text, expected) => {
    expect(parseRedisUrl(text)).toMatchObject(expected);
  });

  it.each([
    ['a name of a database', 'redis://cache/links'],
    ['a negative number', 'redis://cache/-1'],
    ['a number too large', 'redis://cache/100000'],
    ['two numbers', 'redis://cache/1/2'],
    ['a slash in the password', 'redis://app:pa/ss@cache:6379/0'],
    ['a slash after digits in the password', 'redis://app:123/ss@cache:6379/0'],
    ['an at sign and a slash in the password', 'redis://:p@rt/of@cache:6379/0'],
    ['a question mark in the password', 'redis://app:12?part@cache'],
    ['a hash in the password', 'redis://app:12#part@cache'],
    ['a percent sign in the password', 'redis://app:50%off@cache'],
    ['options', 'redis://cache?db=2'],
    ['another scheme', 'http://cache'],
    ['no host', 'redis:///0'],
  ])('cannot have %s', (_, text) => {
    expect(parseRedisUrl(text)).toBeUndefined();
  });
});
