import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Intervals } from '../../../../src/cli/download/intervals.js';

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
