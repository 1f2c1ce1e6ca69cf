import { expect, it } from '@jest/globals';
import { createCallBurst } from '../../../../src/upstream/policy/call-burst.js';

/** Calls 1 to 20, the n-th with n in flight; `refused` names some of them, the others are taken. */
function capacityOf(refused: readonly number[], order: readonly number[]): number | undefined {
  const burst = createCallBurst({ after: 0, until: 20, limit: 20 });
  for (const number of order) {
    const call = { operation: 'describeBackups', number, inFlight: number, at: 0 } as const;
    burst.learn(call, refused.includes(number));
  }
  return burst.capacity();
}

const ALL = Array.from({ length: 20 }, (_, index) => index + 1);
const beyond = (count: number) => ALL.filter((number) => number > count);

it.each<[string, readonly number[], readonly number[], number | undefined]>([
  ['all beyond 8', beyond(8), ALL, 8],
  ['all beyond 8, in the reverse order', beyond(8), ALL.toReversed(), 8],
  ['all beyond 19', beyond(19), ALL, 19],
  ['all', ALL, ALL, 0],
  ['none', [], ALL, undefined],
  ['one in between', [8], ALL, undefined],
  ['all beyond 8 but one', beyond(8).filter((number) => number !== 15), ALL, undefined],
])('a burst of which %s are refused', (_, refused, order, capacity) => {
  expect(capacityOf(refused, order)).toBe(capacity);
});

it('ignores calls of other bursts', () => {
  const burst = createCallBurst({ after: 10, until: 20, limit: 20 });
  const learn = (number: number, inFlight: number) =>
    burst.learn({ operation: 'describeBackups', number, inFlight, at: 0 }, true);

  expect([learn(10, 2), learn(21, 2)]).toEqual([false, false]);
  expect(learn(11, 9)).toBe(true);
  expect(burst.capacity()).toBe(8);
});
