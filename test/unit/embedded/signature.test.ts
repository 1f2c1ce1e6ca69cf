import { describe, expect, it } from '@jest/globals';
import { parseAuthorization, createUseNonce } from '../../../src/embedded/api/signature.js';

const SIGNATURE = 'ab'.repeat(32);
const GOOD = `JDCLOUD2-HMAC-SHA256 Credential=AK/20260107/cn-north-1/rds/jdcloud2_request, SignedHeaders=host;x-jdcloud-date, Signature=${SIGNATURE}`;

describe('parseAuthorization', () => {
  it('parses the documented form', () => {
    expect(parseAuthorization(GOOD)).toEqual({
      accessKeyId: 'AK',
      day: '20260107',
      regionId: 'cn-north-1',
      service: 'rds',
      signedHeaders: ['host', 'x-jdcloud-date'],
      signature: SIGNATURE,
    });
  });

  it.each([
    ['nothing', ''],
    ['another algorithm', GOOD.replace('JDCLOUD2-HMAC-SHA256', 'AWS4-HMAC-SHA256')],
    ['another terminator', GOOD.replace('jdcloud2_request', 'aws4_request')],
    ['no access key', GOOD.replace('=AK/', '=/')],
    ['a date with dashes', GOOD.replace('20260107', '2026-01-07')],
    ['a part more', GOOD.replace('/rds/', '/rds/more/')],
    ['upper-case names', GOOD.replace('host', 'Host')],
    ['unsorted names', GOOD.replace('host;x-jdcloud-date', 'x-jdcloud-date;host')],
    ['a name twice', GOOD.replace('host;', 'host;host;')],
    ['an empty name', GOOD.replace('host;', 'host;;')],
    ['a short signature', GOOD.slice(0, -1)],
    ['an upper-case signature', GOOD.replace(SIGNATURE, SIGNATURE.toUpperCase())],
    ['text behind it', `${GOOD} `],
    ['text before it', ` ${GOOD}`],
    ['a second header joined', `${GOOD}, ${GOOD}`],
  ])('rejects %s', (_, header) => {
    expect(parseAuthorization(header)).toBeNull();
  });
});

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
