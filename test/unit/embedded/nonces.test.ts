import { describe, expect, it } from '@jest/globals';
import { createNonces } from '../../../src/embedded/api/nonces.js';

const MINUTE = 60_000;

describe('nonces', () => {
  it('are single-use while their requests are valid', () => {
    const nonces = createNonces();
    expect(nonces.use('a', 15 * MINUTE, 0)).toBe('taken');
    expect(nonces.use('a', 15 * MINUTE, 0)).toBe('used');
    expect(nonces.use('b', 15 * MINUTE, 0)).toBe('taken');
    expect(nonces.use('a', 15 * MINUTE, 15 * MINUTE)).toBe('used');
  });

  it('are forgotten after that, so that memory stays bounded', () => {
    const nonces = createNonces();
    for (let i = 0; i < 10_000; i += 1) nonces.use(String(i), i + 15 * MINUTE, i);
    expect(nonces.size).toBe(10_000);
    nonces.use('late', 60 * MINUTE, 40 * MINUTE);
    expect(nonces.size).toBe(1);
  });

  it('are limited in number until some expire', () => {
    const nonces = createNonces(2);
    for (const nonce of ['a', 'b']) expect(nonces.use(nonce, 15 * MINUTE, 0)).toBe('taken');
    expect(nonces.use('c', 15 * MINUTE, 0)).toBe('full');
    expect(nonces.use('a', 15 * MINUTE, 0)).toBe('used');
    expect(nonces.use('c', 40 * MINUTE, 20 * MINUTE)).toBe('taken');
  });
});
