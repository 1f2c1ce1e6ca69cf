import { describe, expect, it } from '@jest/globals';
import { describeError, placesOf, redact } from '../../../src/telemetry/redact.js';

describe('a text for the log', () => {
  it.each([
    [
      'GET https://oss.example/k?Expires=1&Signature=S failed',
      'GET https://oss.example/k?[redacted] failed',
    ],
    ['proxy http://user:pass@proxy:3128 refused', 'proxy http://[redacted]@proxy:3128 refused'],
    ['redis://:pass@cache:6379/0', 'redis://[redacted]@cache:6379/0'],
    ['https://u:p@oss.example/k?Signature=S', 'https://[redacted]@oss.example/k?[redacted]'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer [redacted]'],
    ['JDCLOUD2-HMAC-SHA256 Credential=AK/x', '[redacted]'],
    ['x-jdcloud-security-token=TOKEN&a=1', 'x-jdcloud-security-token=[redacted]&a=1'],
  ])('contains no secret: %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each(['connect ECONNREFUSED 127.0.0.1:6379', 'https://oss.example/k', 'mail ops@example.com'])(
    'keeps other text: %s',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );
});

describe('an error for the log', () => {
  it('includes its redacted causes, and no properties', () => {
    const cause = Object.assign(new TypeError('http://u:p@host/'), {
      code: 'E_X',
      input: 'SECRET',
    });
    expect(describeError(new Error('outer', { cause }))).toEqual({
      type: 'Error',
      message: 'outer',
      cause: { type: 'TypeError', code: 'E_X', message: 'http://[redacted]@host/' },
    });
  });

  it.each<[unknown, unknown]>([
    [{ code: 'ENOTFOUND' }, { code: 'ENOTFOUND' }],
    [{ code: 'CERT_HAS_EXPIRED', host: 'SECRET' }, { code: 'CERT_HAS_EXPIRED' }],
    [
      { status: 503, errorStatus: 'UNAVAILABLE', message: 'SECRET' },
      { status: 503, errorStatus: 'UNAVAILABLE' },
    ],
    [
      { status: 200, code: 'unexpected publicURL' },
      { status: 200, code: 'unexpected publicURL' },
    ],
    [{ code: 'https://u:SECRET@host/' }, { type: 'object' }],
    [{ code: 'S'.repeat(65), status: ['SECRET'] }, { type: 'object' }],
    ['SECRET', { type: 'string' }],
    [null, { type: 'object' }],
  ])('describes the cause %j as %j', (cause, expected) => {
    expect(describeError(new Error('outer', { cause }))).toEqual({
      type: 'Error',
      message: 'outer',
      cause: expected,
    });
  });

  it('truncates a message that quotes a whole response, leaving no secret at the cut', () => {
    const { message } = describeError(
      new Error(`${'x'.repeat(990)} http://u:${'p'.repeat(5000)}@h`),
    );
    expect(message).toHaveLength(1001);
    expect(message).not.toMatch(/pp/);
  });

  it('stops at a cycle of causes', () => {
    const error = new Error('ring');
    error.cause = error;
    expect(JSON.stringify(describeError(error)).match(/ring/g)).toHaveLength(6);
  });
});

describe('the stack frames of an error', () => {
  it('contain no line of its message', () => {
    const error = new Error('first line\nsecond line, with a SECRET');
    expect(placesOf(error)?.length).toBeGreaterThan(0);
    expect(placesOf(error)?.join('\n')).not.toMatch(/SECRET|first line/);
  });

  it('are absent for other values', () => {
    expect(placesOf('SECRET')).toBeUndefined();
  });
});
