import { expect, test } from '@jest/globals';
import { createAwakeClock } from '../../../src/cli/awake-clock.js';

test('A long gap between two readings is not counted as time awake', () => {
  let time = 1_000_000;
  const awake = createAwakeClock(() => time);
  const startedAt = awake();
  for (let second = 0; second < 10; second += 1) {
    time += 1000;
    awake();
  }
  expect(awake() - startedAt).toBe(10_000);
  // A closed laptop, or SIGSTOP for two hours.
  time += 7_200_000;
  expect(awake() - startedAt).toBeLessThan(16_000);
});
