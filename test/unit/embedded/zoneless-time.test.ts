import { describe, expect, it } from '@jest/globals';
import { toZonelessTime } from '../../../src/embedded/catalogue/zoneless-time.js';

describe('toZonelessTime', () => {
  it.each([
    ['+08:00', '2020-01-07T15:14:07'],
    ['+00:00', '2020-01-07T07:14:07'],
    ['-09:30', '2020-01-06T21:44:07'],
    ['+05:45', '2020-01-07T12:59:07'],
  ])('formats a time in the zone %s', (offset, expected) => {
    expect(toZonelessTime(new Date('2020-01-07T07:14:07.999Z'), offset)).toBe(expected);
  });

  it.each([253_402_300_799_000, 8.64e15, NaN, -1e14])('has no room for %d', (time) => {
    expect(toZonelessTime(new Date(time), '+08:00')).toBeUndefined();
  });
});
