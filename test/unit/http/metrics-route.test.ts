import { describe, expect, it } from '@jest/globals';
import type { IncomingHttpHeaders } from 'node:http';
import { createMetricsReaders } from '../../../src/http/metrics-route.js';

interface Read {
  readonly allowed?: readonly string[];
  readonly trusted?: number;
  readonly headers?: IncomingHttpHeaders;
  readonly httpVersion?: string;
}

function mayRead(address: string, read: Read = {}): boolean {
  const { allowed = ['loopback'], trusted = 0, headers = {}, httpVersion = '1.1' } = read;
  return createMetricsReaders(allowed, trusted)({ address, httpVersion, headers });
}

describe('metrics may be read', () => {
  it.each([
    ['127.0.0.1', ['loopback'], true],
    ['::1', ['loopback'], true],
    ['::ffff:127.0.0.1', ['loopback'], true],
    ['10.1.2.3', ['loopback'], false],
    ['10.1.2.3', ['private'], true],
    ['127.0.0.1', ['private'], true],
    ['172.31.255.255', ['private'], true],
    ['172.32.0.0', ['private'], false],
    ['100.64.0.1', ['private'], true],
    ['::ffff:192.168.0.9', ['private'], true],
    ['fd00::1', ['private'], true],
    ['fe80::1', ['private'], true],
    ['203.0.113.9', ['private'], false],
    ['2001:db8::1', ['private'], false],
    ['203.0.113.9', ['all'], true],
    ['203.0.113.9', ['loopback', '203.0.113.0/24'], true],
    ['203.0.114.9', ['loopback', '203.0.113.0/24'], false],
    ['203.0.113.9', ['203.0.113.9'], true],
    ['127.0.0.1', ['203.0.113.9'], false],
    ['2001:db8::1', ['2001:db8::/32'], true],
    ['2001:db9::1', ['2001:db8::/32'], false],
    ['unknown', ['private'], false],
    ['', ['private'], false],
    ['999.1.1.1', ['private'], false],
  ])('from %s with METRICS_ALLOW=%s: %s', (address, allowed, expected) => {
    expect(mayRead(address, { allowed })).toBe(expected);
  });

  it('without a proxy, unless the proxy is trusted', () => {
    const allowed = ['private'];
    for (const name of ['x-forwarded-for', 'x-forwarded-proto', 'via', 'x-real-ip', 'forwarded']) {
      expect(mayRead('10.0.0.1', { allowed, headers: { [name]: '10.0.0.2' } })).toBe(false);
    }
    expect(mayRead('127.0.0.1', { httpVersion: '1.0' })).toBe(false);
  });

  it('through as many proxies as are trusted, and no more', () => {
    const through = (forwardedFor: string, trusted: number) =>
      mayRead('10.0.0.9', {
        allowed: ['private'],
        trusted,
        headers: { 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': 'https', via: '1.1 lb' },
        httpVersion: '1.0',
      });
    expect(through('10.0.0.9', 1)).toBe(true);
    expect(through('10.0.0.9, 10.0.0.1', 1)).toBe(false);
    expect(through('10.0.0.9, 10.0.0.1', 2)).toBe(true);
  });

  it('through a trusted proxy only if it names the client', () => {
    expect(mayRead('127.0.0.1', { trusted: 1, headers: { via: '1.1 lb' } })).toBe(false);
    expect(mayRead('127.0.0.1', { trusted: 1 })).toBe(true);
  });
});
