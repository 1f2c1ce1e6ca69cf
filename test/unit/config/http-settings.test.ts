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
