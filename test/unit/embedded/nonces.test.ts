import { describe, expect, it } from '@jest/globals';
import { createUseNonce } from '../../../src/embedded/api/signature.js';

const MINUTE = 60_000;

function setUp(maxNonces = 10_000) {
  const use = createUseNonce(maxNonces);
  return (nonce: string, minute: number): string => {
    try {
      use(nonce, minute * MINUTE);
      return 'taken';
    } catch (error) {
      return (error as { status: string }).status;
    }
  };
}

describe('nonces', () => {
  it('are single-use while their requests can be valid', () => {
    const use = setUp();
    expect([use('a', 0), use('a', 0), use('b', 0)]).toEqual([
      'taken',
      'PERMISSION_DENIED',
      'taken',
    ]);
    expect(use('a', 30)).toBe('PERMISSION_DENIED');
    expect(use('a', 31)).toBe('taken');
  });

  it('are limited in number until some expire', () => {
    const use = setUp(2);
    expect([use('a', 0), use('b', 1), use('c', 1)]).toEqual(['taken', 'taken', 'RATE_LIMIT']);
    expect(use('a', 1)).toBe('PERMISSION_DENIED');
    expect([use('c', 31), use('d', 31)]).toEqual(['taken', 'RATE_LIMIT']);
  });

  it('are limited in length', () => {
    expect(setUp()('x'.repeat(129), 0)).toBe('INVALID_ARGUMENT');
  });
});
