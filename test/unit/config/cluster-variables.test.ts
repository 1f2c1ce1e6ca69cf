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

const cloud = {
  UPSTREAM: 'jdcloud',
  JDCLOUD_ACCESS_KEY_ID: 'TESTAK',
  JDCLOUD_SECRET_ACCESS_KEY: 'TESTSECRET',
};

describe('a port variable injected by Kubernetes', () => {
  it.each(['PORT', 'EMBEDDED_PORT'])('is ignored for %s with a warning', (name) => {
    const { port, warnings, upstream } = toConfig({ [name]: 'tcp://10.0.0.1:4001' });
    expect(port).toBe(4000);
    expect(upstream.source).toMatchObject({ port: 4001 });
    expect(warnings).toEqual([
      `${name}: ignored because it holds a service address set by Kubernetes; using the default`,
    ]);
  });

  it('is not confused with another address', () => {
    expect(faultsOf({ EMBEDDED_PORT: 'http://10.0.0.1:4001' })).toHaveLength(1);
  });
});

describe('the log level', () => {
  it.each([
    ['INFO', 'info'],
    ['Debug', 'debug'],
    ['WARNING', 'warn'],
    ['warning', 'warn'],
    ['WARN', 'warn'],
    [' error\r', 'error'],
  ])('%j is read as %s', (LOG_LEVEL, expected) => {
    expect(toConfig({ LOG_LEVEL }).logLevel).toBe(expected);
  });

  it.each(['verbose', 'warnings', '30'])('%s is rejected', (LOG_LEVEL) => {
    expect(faultsOf({ LOG_LEVEL })).toEqual([
      'LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent',
    ]);
  });
});

describe('whitespace from a file with Windows line endings', () => {
  it('is trimmed', () => {
    const config = toConfig({ PORT: '4100\r', UPSTREAM: ' embedded\t', HOST: '\r', AUTH: 'none ' });
    expect(config).toMatchObject({ port: 4100, host: '127.0.0.1', auth: { kind: 'none' } });
  });

  it('is rejected in a secret', () => {
    expect(faultsOf({ ...cloud, JDCLOUD_SECRET_ACCESS_KEY: 'TESTSECRET\r' })).toEqual([
      'JDCLOUD_SECRET_ACCESS_KEY: expected printable ASCII without leading or trailing whitespace',
    ]);
  });
});

describe('cluster-wide proxy variables', () => {
  it.each(['10.0.0.0/8,.svc,.cluster.local', '*', 'localhost,,127.0.0.1'])(
    'may lack %s',
    (NO_PROXY) => {
      const { source } = toConfig({ ...cloud, HTTPS_PROXY: 'u:p@proxy:3128', NO_PROXY }).upstream;
      expect(source).toMatchObject({ proxy: { no: NO_PROXY } });
    },
  );

  it('are accepted if their scheme is not called', () => {
    const socks = 'socks5://proxy:1080';
    expect(faultsOf({ ...cloud, HTTP_PROXY: socks })).toEqual([]);
    expect(faultsOf({ ...cloud, https_proxy: socks })).toHaveLength(1);
    expect(
      faultsOf({ ...cloud, JDCLOUD_ENDPOINT: 'http://rds.example', HTTP_PROXY: socks }),
    ).toHaveLength(1);
  });
});

describe('the attempt timeout', () => {
  const timesOf = (env: Record<string, string>) => toConfig(env).upstream;

  it.each([
    ['2000', 2000],
    ['1', 1],
    ['3999', 3999],
    ['4000', 4000],
    ['60000', 4000],
  ])('never exceeds that of the call: UPSTREAM_TIMEOUT_MS=%s', (timeout, expected) => {
    expect(timesOf({ UPSTREAM_TIMEOUT_MS: timeout })).toMatchObject({
      timeoutMs: Number(timeout),
      attemptTimeoutMs: expected,
    });
  });

  it('does not extend that of the call, and causes a warning', () => {
    const config = toConfig({ UPSTREAM_ATTEMPT_TIMEOUT_MS: '20000' });
    expect(config.upstream).toMatchObject({ timeoutMs: 10_000, attemptTimeoutMs: 10_000 });
    expect(config.warnings).toEqual([expect.stringContaining('UPSTREAM_ATTEMPT_TIMEOUT_MS')]);
  });
});

it.each([['Production'], ['staging'], ['test']])('NODE_ENV=%s is accepted', (NODE_ENV) => {
  expect(faultsOf({ NODE_ENV })).toEqual([]);
});
