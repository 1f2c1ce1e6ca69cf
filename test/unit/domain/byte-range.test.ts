import { describe, expect, it } from '@jest/globals';
import {
  chooseRange,
  formatContentRange,
  parseContentRange,
  parseUnsatisfiedRange,
  toCount,
} from '../../../src/domain/byte-range.js';

it.each([
  [undefined, 10, 'whole'],
  ['bytes=0-0', 10, { start: 0, end: 0 }],
  ['Bytes=0-0', 10, { start: 0, end: 0 }],
  ['bytes=9-', 10, { start: 9, end: 9 }],
  ['bytes=0-99', 10, { start: 0, end: 9 }],
  ['bytes=0-99999999999999999999', 10, { start: 0, end: 9 }],
  ['bytes=-4', 10, { start: 6, end: 9 }],
  ['bytes=-10', 10, { start: 0, end: 9 }],
  ['bytes=-11', 10, { start: 0, end: 9 }],
  ['bytes=4294967296-', 2 ** 33, { start: 2 ** 32, end: 2 ** 33 - 1 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-', 0, 'unsatisfiable'],
  ['bytes=-1', 0, 'unsatisfiable'],
  ['bytes=99999999999999999999-', 10, 'unsatisfiable'],
  ['bytes=0-1,4-5', 10, 'whole'],
  ['bytes=5-2', 10, 'whole'],
  ['bytes=', 10, 'whole'],
  ['bytes=-', 10, 'whole'],
  ['bytes=a-b', 10, 'whole'],
  ['bytes=1.5-2', 10, 'whole'],
  ['bytes=0-1-2', 10, 'whole'],
  ['items=0-1', 10, 'whole'],
  ['0-1', 10, 'whole'],
] as const)('the range %s of %d bytes', (header, size, expected) => {
  expect(chooseRange(header, size)).toEqual(expected);
});

describe('Content-Range', () => {
  it.each([
    ['bytes 0-4/10', { start: 0, end: 4, size: 10 }],
    ['Bytes  5-9/*', { start: 5, end: 9, size: null }],
    ['bytes 9-9/10', { start: 9, end: 9, size: 10 }],
    ['bytes 0-10/10', null],
    ['bytes 5-4/10', null],
    ['bytes */10', null],
    ['bytes 0-99999999999999999999/*', null],
    ['bytes=0-4/10', null],
    ['', null],
    [null, null],
  ])('%s of a part', (header, expected) => {
    expect(parseContentRange(header)).toEqual(expected);
  });

  it('reads what it writes', () => {
    const range = { start: 2 ** 40, end: 2 ** 41 };
    expect(parseContentRange(formatContentRange(range, 2 ** 42))).toEqual({
      ...range,
      size: 2 ** 42,
    });
  });

  it.each([
    ['bytes */10', 10],
    ['bytes */0', 0],
    ['bytes */*', null],
    ['bytes 0-4/10', null],
    [undefined, null],
  ])('%s of a refusal', (header, expected) => {
    expect(parseUnsatisfiedRange(header)).toBe(expected);
  });
});

it.each([
  ['0', 0],
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ['9007199254740992', NaN],
  ['-1', NaN],
  ['1e3', NaN],
  [' 1', NaN],
  ['', NaN],
  [null, NaN],
])('counts %j as %d', (digits, count) => {
  expect(toCount(digits)).toBe(count);
});
