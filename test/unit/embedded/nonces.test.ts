import { describe, expect, it } from '@jest/globals';
import { createNonces } from '../../../src/embedded/auth/nonces.js';

const MINUTE = 60_000;

describe('nonces', () => {
  it('are used once while a request with them would be in time', () => {
    const nonces = createNonces();
    expect(nonces.use('a', 15 * MINUTE, 0)).toBe(true);
    expect(nonces.use('a', 15 * MINUTE, 0)).toBe(false);
    expect(nonces.use('b', 15 * MINUTE, 0)).toBe(true);
    expect(nonces.use('a', 15 * MINUTE, 15 * MINUTE)).toBe(false);
  });

  it('are forgotten afterwards, so that memory stays bounded', () => {
    const nonces = createNonces();
    for (let i = 0; i < 10_000; i += 1) nonces.use(String(i), i + 15 * MINUTE, i);
    expect(nonces.size).toBe(10_000);
    nonces.use('late', 60 * MINUTE, 40 * MINUTE);
    expect(nonces.size).toBe(1);
  });
});
