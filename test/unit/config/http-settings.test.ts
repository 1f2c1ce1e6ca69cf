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
  it('lets this machine alone read, unless it says more', () => {
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
  ])('refuses what is no group, address or network: %s', (text) => {
    expect(faultsOf({ METRICS_ALLOW: text })).toEqual([
      'METRICS_ALLOW: expected loopback, private, all, addresses or networks as 10.0.0.0/8, with commas between them',
    ]);
  });
});
