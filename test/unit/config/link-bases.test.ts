import { describe, expect, it } from '@jest/globals';
import { toConfig } from '../../../src/config/to-config.js';

/** The settings named in warnings. */
const namedIn = (env: Record<string, string>): string[] =>
  toConfig(env).warnings.map((warning) => warning.split(':')[0]!);

const PUBLIC = 'EMBEDDED_PUBLIC_URL';
const INTERNAL = 'EMBEDDED_INTERNAL_URL';
const CLOUD = {
  UPSTREAM: 'jdcloud',
  JDCLOUD_ACCESS_KEY_ID: 'JDC_TESTKEY',
  JDCLOUD_SECRET_ACCESS_KEY: 'TESTSECRET',
};

describe('loopback links', () => {
  it.each(['0.0.0.0', '::', '::0', '0', '::ffff:0.0.0.0'])(
    'cause a warning if every address is served: HOST=%s',
    (HOST) => {
      expect(namedIn({ HOST })).toEqual([PUBLIC, INTERNAL]);
    },
  );

  it.each([
    'http://127.0.0.1:4001',
    'http://127.8.0.1/backups',
    'http://localhost:4001',
    'https://LOCALHOST.:4001',
    'http://backups.localhost:4001',
    'http://[::1]:4001',
    'http://[::ffff:127.0.0.1]:4001',
    'http://0.0.0.0:4001',
    'http://[::]:4001',
  ])('cause a warning if configured: %s', (url) => {
    expect(namedIn({ HOST: '0.0.0.0', [PUBLIC]: url, [INTERNAL]: 'http://10.0.0.5:4001' })).toEqual(
      [PUBLIC],
    );
    expect(namedIn({ HOST: '192.168.7.20', [INTERNAL]: url })).toEqual([INTERNAL]);
    expect(namedIn({ HOST: 'backups.lan', [PUBLIC]: url })).toEqual([PUBLIC]);
  });

  it('are reported with the setting to change', () => {
    expect(toConfig({ HOST: '0.0.0.0' }).warnings[0]).toBe(
      'EMBEDDED_PUBLIC_URL: not set; links over the public network work on this machine only. Set the address where other machines reach EMBEDDED_PORT, for example http://host:4001',
    );
  });

  it.each([
    ['only this machine is served', {}],
    ['only this machine is served by another name', { HOST: 'localhost' }],
    ['only this machine is served by another address', { HOST: '127.0.0.2' }],
    ['only this machine is served over IPv6', { HOST: '::1' }],
    ['they begin with a concrete address', { HOST: '192.168.7.20' }],
    ['they begin with a concrete IPv6 address', { HOST: 'fd00::20' }],
    ['they begin with a name', { HOST: 'backups.lan' }],
    ['the name only looks like loopback', { HOST: 'localhost.example.com' }],
    ['both bases are set', { HOST: '::', [PUBLIC]: 'http://b.lan', [INTERNAL]: 'http://10.0.0.5' }],
    ['public links are off', { HOST: '::', PUBLIC_LINKS: 'false', [INTERNAL]: 'http://10.0.0.5' }],
    ['the cloud issues the links', { HOST: '0.0.0.0', ...CLOUD }],
  ])('cause no warning if %s', (_why, env) => {
    expect(namedIn(env as Record<string, string>)).toEqual([]);
  });
});
