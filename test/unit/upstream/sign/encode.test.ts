import { describe, expect, it } from '@jest/globals';
import { encodePath, encodeQuery, encodeRfc3986 } from '../../../../src/upstream/sign/encode.js';

describe('the encoder', () => {
  it.each([
    ['a b.bak', 'a%20b.bak'],
    ['a+b.bak', 'a%2Bb.bak'],
    ['50%off.bak', '50%25off.bak'],
    ['50%25off.bak', '50%2525off.bak'],
    ["o'neil(1)!*.bak", 'o%27neil%281%29%21%2A.bak'],
    ['~x-1_2.bak', '~x-1_2.bak'],
    ['订.bak', '%E8%AE%A2.bak'],
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
