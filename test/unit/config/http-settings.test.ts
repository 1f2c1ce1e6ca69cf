import { describe, expect, it } from '@jest/globals';
import { ConfigError, toConfig } from '../../../src/config/to-config.js';

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    toConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('METRICS_ALLOW', () => {
  it('allows only this machine by default', () => {
    expect(toConfig({}).metricsReaders).toEqual(['loopback']);
    expect(
      toConfig({ METRICS_ALLOW: 'private, 203.0.113.0/24,2001:db8::/32,::1' }).metricsReaders,
    ).toEqual(['private', '203.0.113.0/24', '2001:db8::/32', '::1']);
  });

  it.each([
    'everybody',
    'private,',
    '10.0.0.0/33',
    '10.0.0/8',
    '::/129',
    '10.0.0.0/',
    'fe80::1%eth0',
  ])('rejects what is not a group, address or network: %s', (text) => {
    expect(faultsOf({ METRICS_ALLOW: text })).toEqual([
      'METRICS_ALLOW: expected loopback, private, all, addresses or networks (10.0.0.0/8), comma-separated',
    ]);
  });
});

describe('CORS_ORIGINS', () => {
  it('is off by default, and accepts exact origins as browsers send them', () => {
    expect(toConfig({}).corsOrigins).toEqual([]);
    expect(
      toConfig({
        CORS_ORIGINS:
          'https://app.example, http://localhost:5173,https://App.Example:443,http://[::1]:3000',
      }).corsOrigins,
    ).toEqual([
      'https://app.example',
      'http://localhost:5173',
      'https://app.example',
      'http://[::1]:3000',
    ]);
  });

  it.each([
    '*',
    'null',
    'app.example',
    'https://*.example',
    'https://app.example/',
    'https://app.example/path',
    'https://app.example?x',
    'https://app.example#x',
    'https://user@app.example',
    'https://app.example,',
    'https://app.example https://b.example',
    'https://',
    'file:///x',
    'chrome-extension://abc',
    'https://app.example:99999',
  ])('rejects what is not an exact origin: %s', (text) => {
    expect(faultsOf({ CORS_ORIGINS: text })).toEqual([
      'CORS_ORIGINS: expected comma-separated origins without a path, for example https://app.example',
    ]);
  });
});

describe('HOST', () => {
  it.each([
    ['[::]', '::'],
    ['[::1]', '::1'],
    ['::', '::'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['backups.lan', 'backups.lan'],
    ['0', '0'],
  ])('%s is the address %s', (HOST, host) => {
    expect(toConfig({ HOST }).host).toBe(host);
  });

  it.each(['*', '[::]:4000', '127.0.0.1:4000', 'http://127.0.0.1', '127.0.0.1,::1', 'a b', '[]'])(
    '%s is refused',
    (HOST) => {
      expect(() => toConfig({ HOST })).toThrow(
        'HOST: expected an IP address or host name without a port; 0.0.0.0 and :: stand for all addresses',
      );
    },
  );
});

describe('EMBEDDED_BUCKET', () => {
  it.each(['s3://ab', 's3://-ab', 's3://a/b', 's3://a_/x', 's3:///x', 's3://a b c', 's3://'])(
    'states what a bucket name is: %s',
    (EMBEDDED_BUCKET) => {
      expect(() => toConfig({ EMBEDDED_BUCKET })).toThrow(
        /^Invalid settings:\n  EMBEDDED_BUCKET: expected a bucket name of 3 to 255 letters.*$/,
      );
    },
  );

  it.each(['abc', 'file:///x', 's3:/abc', 's3://abc//x', 's3://abc/../x'])(
    'states the form of the address: %s',
    (EMBEDDED_BUCKET) => {
      expect(() => toConfig({ EMBEDDED_BUCKET })).toThrow(
        /^Invalid settings:\n  EMBEDDED_BUCKET: expected s3:\/\/<bucket> or .*$/,
      );
    },
  );
});
