import { expect, it } from '@jest/globals';
import { byRate } from '../../../src/telemetry/by-rate.js';

it('reports the first event immediately, then the count once a minute', () => {
  const told: number[] = [];
  let now = 0;
  const strangers = byRate(
    (count) => told.push(count),
    () => now,
  );
  for (let i = 0; i < 1000; i += 1) strangers.happened();
  expect(told).toEqual([1]);
  now = 59_999;
  strangers.happened();
  expect(told).toEqual([1]);
  now = 60_000;
  strangers.happened();
  expect(told).toEqual([1, 1001]);
});

it('reports pending events at the end, if any', () => {
  const told: number[] = [];
  const strangers = byRate(
    (count) => told.push(count),
    () => 0,
  );
  strangers.flush();
  strangers.happened();
  strangers.happened();
  strangers.flush();
  strangers.flush();
  expect(told).toEqual([1, 1]);
});
