import { expect, test } from '@jest/globals';
import { isInNoProxyRange, readProxyAddress } from '../../../src/domain/proxy-settings.js';

test.each([
  ['proxy:3128', 'http://proxy:3128'],
  ['https://proxy:3128', 'https://proxy:3128'],
  ['http://user:p%40ss@proxy:3128', 'http://user:p%40ss@proxy:3128'],
  ['http://user:50%off@proxy:3128', 'http://user:50%25off@proxy:3128/'],
  ['http://user:%fa@proxy:3128', 'http://user:%25fa@proxy:3128/'],
  ['socks5://proxy:1080', null],
  ['http://', null],
  ['', null],
])('%j is the proxy %j', (text, address) => {
  expect(readProxyAddress(text)).toBe(address);
});

test.each([
  ['192.0.2.7', '192.0.2.0/24', true],
  ['192.0.3.7', '192.0.2.0/24', false],
  ['192.0.2.7', 'a.example 10.0.0.0/8,192.0.2.0/29', true],
  ['[2001:db8::7]', '2001:db8::/32', true],
  ['2001:db9::7', '2001:db8::/32', false],
  ['backups.example', '0.0.0.0/0', false],
  ['192.0.2.7', '192.0.2.0/33,/8,x/8,192.0.2.0/,192.0.2.0/x', false],
])('%s is in the ranges of %j: %j', (host, noProxy, isIn) => {
  expect(isInNoProxyRange(host, noProxy)).toBe(isIn);
});
