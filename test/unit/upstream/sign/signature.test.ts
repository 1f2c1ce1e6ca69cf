import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import {
  authorization,
  canonicalRequest,
  sign,
  stringToSign,
  type SignableRequest,
} from '../../../../src/upstream/sign/signature.js';

/** The provider's published example of JDCLOUD2-HMAC-SHA256. */
const example: SignableRequest = {
  method: 'POST',
  path: ['v1', 'resource:action'],
  query: [
    ['p1', 'p1'],
    ['p0', 'p0'],
    ['o', '%'],
    ['u', 'u'],
  ],
  headers: {
    'x-jdcloud-date': '20190214T104514Z',
    'x-jdcloud-nonce': 'testnonce',
    'x-my-header': 'test',
    'x-my-header_blank': ' blank',
  },
  body: 'body data',
};
const scope = { regionId: 'cn-north-1', service: 'test' };
const key = { accessKeyId: 'TESTAK', secretAccessKey: 'TESTSK' };

describe('the signature of the published example', () => {
  it('covers the published canonical request', () => {
    expect(createHash('sha256').update(canonicalRequest(example)).digest('hex')).toBe(
      'fb2e317056269590681d091f8eb22272967c0b922b2deda887312215ea4eed4c',
    );
  });

  it('is the published one', () => {
    expect(sign(example, scope, key.secretAccessKey)).toBe(
      '2a98f83c074e7bee260bfc8ef64f009c07595bd93f7f0c3f4e156bf6479ed9bf',
    );
  });

  it('is a single Authorization line with the signed headers', () => {
    expect(authorization(example, scope, key)).toBe(
      'JDCLOUD2-HMAC-SHA256 Credential=TESTAK/20190214/cn-north-1/test/jdcloud2_request, ' +
        'SignedHeaders=x-jdcloud-date;x-jdcloud-nonce;x-my-header;x-my-header_blank, ' +
        'Signature=2a98f83c074e7bee260bfc8ef64f009c07595bd93f7f0c3f4e156bf6479ed9bf',
    );
  });
});

describe('a signature', () => {
  it('is bound to a day, region and service', () => {
    expect(stringToSign(example, scope).split('\n').slice(0, 3)).toEqual([
      'JDCLOUD2-HMAC-SHA256',
      '20190214T104514Z',
      '20190214/cn-north-1/test/jdcloud2_request',
    ]);
  });

  it('does not depend on the order of headers and parameters', () => {
    const turned = {
      ...example,
      query: [...example.query].reverse(),
      headers: Object.fromEntries(Object.entries(example.headers).reverse()),
    };

    expect(canonicalRequest(turned)).toBe(canonicalRequest(example));
  });

  it.each<[string, Partial<SignableRequest>]>([
    ['method', { method: 'GET' }],
    ['path', { path: ['v1', 'resource'] }],
    ['query', { query: [] }],
    ['headers', { headers: { ...example.headers, 'x-jdcloud-nonce': 'other' } }],
    ['body', { body: '' }],
  ])('covers the %s', (_, change) => {
    const changed = sign({ ...example, ...change }, scope, key.secretAccessKey);

    expect(changed).not.toBe(sign(example, scope, key.secretAccessKey));
  });
});
