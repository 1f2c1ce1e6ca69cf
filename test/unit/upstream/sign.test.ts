import { describe, expect, it } from '@jest/globals';
import {
  authorization,
  createSigningKeys,
  deriveSigningKey,
  encodePath,
  encodeQuery,
  encodeRfc3986,
  type SignableRequest,
} from '../../../src/upstream/sign.js';

/** The provider's published example of JDCLOUD2-HMAC-SHA256. */
const example: SignableRequest = {
  method: 'POST',
  path: encodePath(['v1', 'resource:action']),
  query: encodeQuery([
    ['p1', 'p1'],
    ['p0', 'p0'],
    ['o', '%'],
    ['u', 'u'],
  ]),
  headers: {
    'x-jdcloud-nonce': 'testnonce',
    'x-jdcloud-date': '20190214T104514Z',
    'x-my-header': 'test',
    'x-my-header_blank': ' blank',
  },
  body: 'body data',
};
const scope = { regionId: 'cn-north-1', service: 'test' };
const key = { accessKeyId: 'TESTAK', secretAccessKey: 'TESTSK' };

describe('the signature', () => {
  it('of the published example is the published one, in a single line', () => {
    expect(authorization(example, scope, key)).toBe(
      'JDCLOUD2-HMAC-SHA256 Credential=TESTAK/20190214/cn-north-1/test/jdcloud2_request, ' +
        'SignedHeaders=x-jdcloud-date;x-jdcloud-nonce;x-my-header;x-my-header_blank, ' +
        'Signature=2a98f83c074e7bee260bfc8ef64f009c07595bd93f7f0c3f4e156bf6479ed9bf',
    );
  });

  it.each<[string, Partial<SignableRequest>]>([
    ['method', { method: 'GET' }],
    ['path', { path: '/v1/resource' }],
    ['query', { query: '' }],
    ['headers', { headers: { ...example.headers, 'x-jdcloud-nonce': 'other' } }],
    ['body', { body: '' }],
  ])('covers the %s', (_, change) => {
    const changed = authorization({ ...example, ...change }, scope, key);

    expect(changed).not.toBe(authorization(example, scope, key));
  });
});

describe('cached signing keys', () => {
  const derive = createSigningKeys();

  it.each([
    ['at first', 'SECRET', '20261125', scope],
    ['again', 'SECRET', '20261125', scope],
    ['on the next day', 'SECRET', '20261126', scope],
    ['of another region', 'SECRET', '20261126', { ...scope, regionId: 'cn-east-2' }],
    ['of another service', 'SECRET', '20261126', { ...scope, service: 'vm' }],
    ['of another secret', 'OTHER', '20261126', scope],
    ['of the first secret again', 'SECRET', '20261125', scope],
  ])('match the definition %s', (_, secret, day, of) => {
    expect(derive(secret, day, of)).toEqual(deriveSigningKey(secret, day, of));
  });
});

describe('the encoder', () => {
  it.each([
    ['a b.bak', 'a%20b.bak'],
    ['a+b.bak', 'a%2Bb.bak'],
    ['50%25off.bak', '50%2525off.bak'],
    ["o'neil(1)!*.bak", 'o%27neil%281%29%21%2A.bak'],
    ['~x-1_2.bak', '~x-1_2.bak'],
    ['库😀.diff', '%E5%BA%93%F0%9F%98%80.diff'],
    ['x&y=1.bak', 'x%26y%3D1.bak'],
    ['a/b?c#d', 'a%2Fb%3Fc%23d'],
    ['bk-1:describeBackupDownloadURL', 'bk-1%3AdescribeBackupDownloadURL'],
    ['', ''],
  ])('writes %j as %s', (text, encoded) => {
    expect(encodeRfc3986(text)).toBe(encoded);
    expect(decodeURIComponent(encoded)).toBe(text);
  });

  it('rejects a lone surrogate, which has no UTF-8 form', () => {
    expect(() => encodeRfc3986('\ud800.bak')).toThrow(URIError);
  });

  it('keeps a slash within its path segment', () => {
    expect(encodePath(['v1', '../x', 'a/b'])).toBe('/v1/..%2Fx/a%2Fb');
  });

  it('sorts parameters by code point, not by locale', () => {
    expect(
      encodeQuery([
        ['urlExpirationSecond', '60'],
        ['fileName', 'a b'],
        ['Z', '1'],
      ]),
    ).toBe('Z=1&fileName=a%20b&urlExpirationSecond=60');
  });
});
