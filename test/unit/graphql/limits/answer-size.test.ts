import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sizeOf } from '../../../../src/graphql/limits/answer-size.js';

const isLargerThan = (value: unknown, max: number): boolean => sizeOf(value, max) > max;
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe('the estimated size of an answer', () => {
  it('equals that of its JSON, give or take a separator for each part', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), (value) => {
        const bytes = bytesOf(value);
        const parts = JSON.stringify(value).split(/[[{,]/).length;
        expect(isLargerThan(value, bytes + parts)).toBe(false);
        if (bytes > 1) expect(isLargerThan(value, bytes - 1)).toBe(true);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it.each([
    ['control characters', '\u0001'.repeat(100), 602],
    ['quotes', '"'.repeat(100), 202],
    ['characters of three bytes', '订'.repeat(100), 302],
    ['halves of a pair', '\ud800'.repeat(100), 602],
    ['a member that is left out', { a: undefined, b: 1 }, 8],
  ])('counts %s as serialized', (_what, value, bytes) => {
    expect(isLargerThan(value, bytes)).toBe(false);
    expect(isLargerThan(value, bytes - 2)).toBe(true);
  });

  it('stops counting beyond the limit', () => {
    let read = 0;
    const row = {
      get name() {
        read += 1;
        return 'n'.repeat(1000);
      },
    };
    expect(
      isLargerThan(
        Array.from({ length: 100_000 }, () => row),
        10_000,
      ),
    ).toBe(true);
    expect(read).toBeLessThan(30);
  });

  it('serializes a shared value only once at a time', () => {
    const shared = 'n'.repeat(1_000_000);
    const rows = Array.from({ length: 10_000 }, () => ({ [shared]: 1 }));
    expect(isLargerThan(rows, 10_485_760)).toBe(true);
  });
});
