import { describe, expect, it } from '@jest/globals';
import { parseTarget, optionalPage, rowsOf } from '../../../src/embedded/api/parameters.js';

describe('parseTarget', () => {
  it.each([
    ['/', [''], []],
    [
      '/a/b?x=1&y',
      ['a', 'b'],
      [
        ['x', '1'],
        ['y', ''],
      ],
    ],
    ['/a%2Fb/%3A', ['a/b', ':'], []],
    ['/../.', ['..', '.'], []],
    ['/a?x=1+2%2B3&', ['a'], [['x', '1+2+3']]],
    ['/a?f=50%2525off.bak', ['a'], [['f', '50%25off.bak']]],
    ['/a?f=x%26y%3D1=2', ['a'], [['f', 'x&y=1=2']]],
    ['/%E8%AE%A2?%E5%BA%93=1', ['订'], [['库', '1']]],
  ])('decodes %s once', (raw, path, query) => {
    expect(parseTarget(raw)).toEqual({ path, query });
  });

  it.each(['/%', '/%zz', '/%ff', '/a?%=1', '/a?x=%C3', '/a?x=1&x=2', '/a?x=1&%78=2'])(
    'rejects %j',
    (raw) => {
      expect(() => parseTarget(raw)).toThrow(expect.objectContaining({ httpStatus: 400 }));
    },
  );
});

const twenty = Array.from({ length: 20 }, (_, i) => i);

describe('pages', () => {
  it.each([
    [1, 0, 10],
    [2, 10, 20],
    [3, 10, 20],
    [999_999_999, 10, 20],
    [-1, 0, 20],
  ])(
    'return page %d of 20 rows by 10, and repeat the last one past the end',
    (pageNumber, start, end) => {
      expect(rowsOf(twenty, { pageNumber, pageSize: 10 })).toEqual(twenty.slice(start, end));
    },
  );

  it('are empty without rows', () => {
    expect(rowsOf([], { pageNumber: 3, pageSize: 10 })).toEqual([]);
  });

  it('hold the first 100 instances by default', () => {
    expect(optionalPage(new Map())).toEqual({ pageNumber: 1, pageSize: 100 });
  });
});
