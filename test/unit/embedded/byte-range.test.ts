import { describe, expect, it } from '@jest/globals';
import { chooseRange } from '../../../src/embedded/downloads/byte-range.js';

describe('chooseRange', () => {
  it.each([
    [undefined, 10, 'whole'],
    ['bytes=0-0', 10, { start: 0, end: 0 }],
    ['bytes=9-', 10, { start: 9, end: 9 }],
    ['bytes=0-99', 10, { start: 0, end: 9 }],
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
    ['bytes=', 10, 'whole'],
    ['bytes=a-b', 10, 'whole'],
    ['bytes=1.5-2', 10, 'whole'],
    ['items=0-1', 10, 'whole'],
    ['0-1', 10, 'whole'],
  ] as const)('%s of %d bytes', (header, size, expected) => {
    expect(chooseRange(header, size)).toEqual(expected);
  });
});
