import { describe, expect, it } from '@jest/globals';
import { backoff } from '../../../../src/upstream/policy/backoff.js';

describe('the backoff', () => {
  it.each([
    [0, 100],
    [1, 200],
    [2, 400],
    [4, 1600],
    [5, 2000],
    [60, 2000],
  ])('before retry %d is between 0 and %d ms', (retry, most) => {
    expect(backoff(retry, () => 0)).toBe(0);
    expect(backoff(retry, () => 0.5)).toBe(most / 2);
    expect(backoff(retry, () => 0.999_999)).toBeLessThan(most);
  });
});
