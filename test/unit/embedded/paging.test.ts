import { describe, expect, it } from '@jest/globals';
import { optionalPage, rowsOf } from '../../../src/embedded/api/parameters.js';

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
