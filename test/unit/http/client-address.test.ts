import { expect, it } from '@jest/globals';
import { clientAddressOf } from '../../../src/http/server/client-address.js';

const SOCKET = '10.0.0.9';

it.each<[string, string | undefined, number, string]>([
  ['no proxy is trusted', '203.0.113.9', 0, SOCKET],
  ['one proxy is trusted', '203.0.113.9', 1, '203.0.113.9'],
  [
    'one proxy is trusted and the client forged an entry',
    '198.51.100.1, 203.0.113.9',
    1,
    '203.0.113.9',
  ],
  ['two proxies are trusted', '198.51.100.1, 203.0.113.9', 2, '198.51.100.1'],
  ['more proxies are trusted than were passed', '203.0.113.9', 5, '203.0.113.9'],
  ['the proxy adds a port', '203.0.113.9:51234', 1, '203.0.113.9'],
  ['it is IPv6', '2001:db8::1', 1, '2001:db8::1'],
  ['it is IPv6 in brackets', '[2001:DB8::1]', 1, '2001:db8::1'],
  ['it is IPv6 with a port', '[2001:db8::1]:443', 1, '2001:db8::1'],
  ['it is an IPv4-mapped IPv6 address', '::ffff:203.0.113.9', 1, '203.0.113.9'],
  ['it is an IPv4-mapped IPv6 address with a port', '[::FFFF:203.0.113.9]:80', 1, '203.0.113.9'],
  ['the list has empty members', ', 203.0.113.9 ,,', 1, '203.0.113.9'],
  ['there is no header', undefined, 1, SOCKET],
  ['the header is empty', '', 1, SOCKET],
  ['it is not an address', 'unknown', 1, SOCKET],
  ['it is obfuscated', '_hidden', 1, SOCKET],
  ['it is a name', 'localhost', 1, SOCKET],
  ['it is out of range', '203.0.113.999', 1, SOCKET],
  ['its port is not a number', '203.0.113.9:port', 1, SOCKET],
  ['its port is too long', '203.0.113.9:123456', 1, SOCKET],
  ['its bracket is not closed', '[2001:db8::1', 1, SOCKET],
  ['it has a zone', 'fe80::1%eth0', 1, SOCKET],
  ['it would break a line', '203.0.113.9\u2028x', 1, SOCKET],
  ['the entry before it is not an address', 'x, 203.0.113.9', 2, '203.0.113.9'],
  [
    'an entry that is not an address ends the chain',
    '198.51.100.1, x, 203.0.113.9',
    3,
    '203.0.113.9',
  ],
])('the client address if %s', (_, forwardedFor, trusted, address) => {
  expect(clientAddressOf({ remoteAddress: SOCKET, forwardedFor }, trusted)).toBe(address);
});

it('the client address is plain IPv4 on an IPv6 socket, and empty once the socket is destroyed', () => {
  const of = (remoteAddress: string | undefined) =>
    clientAddressOf({ remoteAddress, forwardedFor: undefined }, 0);
  expect(of('::ffff:127.0.0.1')).toBe('127.0.0.1');
  expect(of('::1')).toBe('::1');
  expect(of(undefined)).toBe('');
});
