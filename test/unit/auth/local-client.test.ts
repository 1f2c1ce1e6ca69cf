import { describe, expect, it } from '@jest/globals';
import type { IncomingHttpHeaders } from 'node:http';
import {
  isLocalRequest,
  isLoopbackAddress,
  type RequestOrigin,
} from '../../../src/auth/local-client.js';

describe('a loopback address', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])(
    'can be %s',
    (address) => {
      expect(isLoopbackAddress(address)).toBe(true);
    },
  );

  it.each([
    '10.0.0.1',
    '::ffff:10.0.0.1',
    '127.0.0.1.example',
    '127.999.999.999',
    '127.0.0.256',
    '127.1',
    '::ffff:127.0.0.999',
    '1127.0.0.1',
    '::2',
    '',
    undefined,
  ])('is not %s', (address) => {
    expect(isLoopbackAddress(address)).toBe(false);
  });
});

const isLocal = (headers: IncomingHttpHeaders, origin: Partial<RequestOrigin> = {}): boolean =>
  isLocalRequest(
    { remoteAddress: '127.0.0.1', httpVersion: '1.1', headers, ...origin },
    'backups.internal',
  );

describe('a request from this machine', () => {
  it.each([
    'localhost',
    'localhost:4000',
    'LOCALHOST:4000',
    '127.0.0.1:4000',
    '[::1]:4000',
    '[::1]',
    'backups.internal:4000',
  ])('may name the host %s', (host) => {
    expect(isLocal({ host })).toBe(true);
  });

  it.each([
    'evil.example:4000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example#localhost',
    'user@localhost',
    '127.999.999.999',
    '10.0.0.1:4000',
    '',
    undefined,
  ])('does not name the host %s', (host) => {
    expect(isLocal({ host })).toBe(false);
  });

  it.each([
    ['127.0.0.1', true],
    ['::1, 127.0.0.1', true],
    ['8.8.8.8', false],
    ['8.8.8.8, 127.0.0.1', false],
    ['127.0.0.1, unknown', false],
    ['127.0.0.1:51234', false],
    ['', false],
  ])('is one if forwarded for "%s": %s', (forwardedFor, expected) => {
    expect(isLocal({ host: 'localhost', 'x-forwarded-for': forwardedFor })).toBe(expected);
  });

  it.each([
    ...['Via', 'Forwarded', 'X-Real-IP', 'X-Forwarded-Host', 'X-Forwarded-Proto'],
    ...['X-Forwarded-Port', 'X-Forwarded-Server', 'X-Forwarded-By', 'X-Forwarded-Prefix'],
    ...['X-Forwarded', 'CF-Connecting-IP', 'CF-Connecting-IPv6', 'CF-Ray', 'CDN-Loop'],
    ...['True-Client-IP', 'X-Client-IP', 'X-Cluster-Client-IP', 'Fastly-Client-IP'],
    ...['Fly-Client-IP', 'X-Original-For', 'X-Original-Forwarded-For', 'X-Original-Host'],
    ...['X-Original-URI', 'X-Envoy-External-Address', 'X-Envoy-Expected-Rq-Timeout-Ms'],
    ...['X-Azure-ClientIP', 'X-Remote-Addr', 'X-ProxyUser-Ip', 'Proxy-Client-IP'],
    ...['Tailscale-User-Login'],
  ])('has no %s header, whatever its value', (name) => {
    for (const value of ['127.0.0.1', 'https', '']) {
      const headers = { host: 'localhost', [name.toLowerCase()]: value };
      expect([value, isLocal(headers)]).toEqual([value, false]);
      const withClient = { ...headers, 'x-forwarded-for': '127.0.0.1' };
      expect([value, isLocal(withClient)]).toEqual([value, false]);
    }
  });

  it.each([
    ...['x-request-id', 'traceparent', 'accept', 'authorization', 'content-type', 'cache-control'],
    ...['cookie', 'x-apollo-operation-name', 'priority', 'pragma', 'access-control-request-method'],
    ...['x-custom'],
  ])('may have the header %s', (name) => {
    expect(isLocal({ host: 'localhost', [name]: 'x' })).toBe(true);
  });

  it('speaks HTTP/1.1, unlike a proxy with default settings', () => {
    expect(isLocal({ host: 'localhost' }, { httpVersion: '1.0' })).toBe(false);
  });

  it('does not come from another address, whatever its host', () => {
    expect(isLocal({ host: 'localhost:4000' }, { remoteAddress: '10.0.0.1' })).toBe(false);
  });
});
