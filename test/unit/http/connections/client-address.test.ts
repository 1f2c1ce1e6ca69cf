import { expect, it } from '@jest/globals';
import { clientAddressOf } from '../../../../src/http/connections/client-address.js';

const SOCKET = '10.0.0.9';

it.each<[string, string | undefined, number, string]>([
  ['no proxy is trusted', '203.0.113.9', 0, SOCKET],
  ['one is', '203.0.113.9', 1, '203.0.113.9'],
  ['one is, and more was made up before it', '198.51.100.1, 203.0.113.9', 1, '203.0.113.9'],
  ['two are', '198.51.100.1, 203.0.113.9', 2, '198.51.100.1'],
  ['more are than there were on the way', '203.0.113.9', 5, '203.0.113.9'],
  ['the proxy adds a port', '203.0.113.9:51234', 1, '203.0.113.9'],
  ['of IPv6', '2001:db8::1', 1, '2001:db8::1'],
  ['of IPv6, in brackets', '[2001:DB8::1]', 1, '2001:db8::1'],
  ['of IPv6, with a port', '[2001:db8::1]:443', 1, '2001:db8::1'],
  ['of IPv4 as IPv6 writes it', '::ffff:203.0.113.9', 1, '203.0.113.9'],
  ['of IPv4 as IPv6 writes it, with a port', '[::FFFF:203.0.113.9]:80', 1, '203.0.113.9'],
  ['empty members are none', ', 203.0.113.9 ,,', 1, '203.0.113.9'],
  ['there is no header', undefined, 1, SOCKET],
  ['the header is empty', '', 1, SOCKET],
  ['it is no address', 'unknown', 1, SOCKET],
  ['it is obfuscated', '_hidden', 1, SOCKET],
  ['it is a name', 'localhost', 1, SOCKET],
  ['it is out of range', '203.0.113.999', 1, SOCKET],
  ['its port is none', '203.0.113.9:port', 1, SOCKET],
  ['its port is too long', '203.0.113.9:123456', 1, SOCKET],
  ['its bracket is open', '[2001:db8::1', 1, SOCKET],
  ['it has a zone', 'fe80::1%eth0', 1, SOCKET],
  ['it would break a line', '203.0.113.9\u2028x', 1, SOCKET],
  ['the hop before is no address', 'x, 203.0.113.9', 2, '203.0.113.9'],
  [
    'nothing before what is no address is believed',
    '198.51.100.1, x, 203.0.113.9',
    3,
    '203.0.113.9',
  ],
])('%s', (_, forwardedFor, trusted, address) => {
  expect(clientAddressOf({ remoteAddress: SOCKET, forwardedFor }, trusted)).toBe(address);
});

it('is the plain form of the socket on an IPv6 port, and empty where that is gone', () => {
  const of = (remoteAddress: string | undefined) =>
    clientAddressOf({ remoteAddress, forwardedFor: undefined }, 0);
  expect(of('::ffff:127.0.0.1')).toBe('127.0.0.1');
  expect(of('::1')).toBe('::1');
  expect(of(undefined)).toBe('');
});
