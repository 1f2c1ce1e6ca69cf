import { describe, expect, it } from '@jest/globals';
import { parseRetryAfter } from '../../../src/domain/http-date.js';

const NOW = Date.UTC(2026, 10, 25, 10, 0, 0);

describe('Retry-After', () => {
  it.each([
    ['1', 1],
    ['0', 0],
    [' 7 ', 7],
    ['999999', 999_999],
    ['Wed, 25 Nov 2026 10:00:05 GMT', 5],
    ['Wed, 25 Nov 2026 09:00:00 GMT', 0],
    [' Wed, 25 Nov 2026 10:00:05 GMT ', 5],
    ['Wednesday, 25-Nov-26 10:01:00 GMT', 60],
    ['Wed Nov 25 10:00:30 2026', 30],
  ])('"%s" means %d seconds', (header, seconds) => {
    expect(parseRetryAfter(header, NOW)).toBe(seconds);
  });

  it.each([
    undefined,
    '',
    '2abc',
    '-5',
    '1.5',
    '1e3',
    '0x10',
    '2026-11-25',
    'Wed, 25 Xxx 2026 10:00:05 GMT',
  ])('ignores %j', (header) => {
    expect(parseRetryAfter(header, NOW)).toBeUndefined();
  });
});
