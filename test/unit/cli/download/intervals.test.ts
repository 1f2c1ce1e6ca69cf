import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Intervals } from '../../../../src/cli/download/transfer/intervals.js';
import { toSegments } from '../../../../src/cli/download/transfer/segments.js';

const SIZE = 60;
const interval = fc
  .tuple(fc.nat(SIZE), fc.nat(SIZE))
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));

test('Intervals are the set of their bytes', () => {
  fc.assert(
    fc.property(fc.array(interval), fc.nat(SIZE), (list, cut) => {
      const set = new Set<number>();
      for (const { start, end } of list) for (let i = start; i < end; i += 1) set.add(i);
      const intervals = new Intervals(list);
      expect(intervals.total).toBe(set.size);
      expect(intervals.end).toBe(Math.max(-1, ...set) + 1);
      const missing = new Intervals(intervals.missing(SIZE));
      expect(missing.total).toBe(SIZE - set.size);
      expect(new Intervals([...intervals.toArray(), ...missing.toArray()]).prefix).toBe(SIZE);
      intervals.cutAt(cut);
      expect(intervals.total).toBe([...set].filter((byte) => byte < cut).length);
    }),
  );
});

test('Segments are what is missing, in order', () => {
  fc.assert(
    fc.property(fc.array(interval), fc.integer({ min: 1, max: 9 }), (list, parallel) => {
      const missing = new Intervals(list).missing(SIZE);
      const segments = toSegments(missing, SIZE, parallel);
      expect(new Intervals(segments).toArray()).toEqual(missing);
      expect(segments.every(({ start }, i) => start >= (segments[i - 1]?.end ?? 0))).toBe(true);
    }),
  );
});

test('A file of 300 GiB takes 300 requests, one of 2 GiB 64', () => {
  const GIB = 2 ** 30;
  const count = (size: number): number => toSegments([{ start: 0, end: size }], size, 4).length;
  expect(count(300 * GIB)).toBe(300);
  expect(count(2 * GIB)).toBe(64);
});
