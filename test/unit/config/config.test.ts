import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { loadConfig } from '../../../src/config/load-config.js';
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

describe('the settings', () => {
  it('run the embedded upstream on loopback by default', () => {
    expect(toConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 4000,
      mySqlLinkExpiry: 'fixed',
      queryLimits: { links: 100 },
      introspection: true,
      logLevel: 'info',
      upstream: {
        source: { kind: 'embedded', store: { kind: 'folder', dir: './data' }, port: 4001 },
        downloadUrlPath: 'auto',
        timeZone: '+08:00',
        timeoutMs: 10_000,
        attemptTimeoutMs: 4000,
        maxRetries: 2,
        maxConcurrency: 256,
        maxPerMinute: 1000,
      },
    });
  });

  it('treat an empty variable as unset', () => {
    expect(toConfig({ PORT: '', UPSTREAM: '' }).port).toBe(4000);
  });

  it('generate new secrets of the embedded upstream each time', () => {
    const secrets = [toConfig({}), toConfig({})].map(({ upstream: { source } }) =>
      source.credentials.secretAccessKey.reveal(),
    );
    expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(secrets[0]).not.toBe(secrets[1]);
  });

  it('select the cloud with three variables', () => {
    const { source } = toConfig(cloud).upstream;
    expect(source).toMatchObject({
      kind: 'jdcloud',
      endpoint: 'https://rds.jdcloud-api.com',
      credentials: { accessKeyId: 'TESTAK' },
    });
    expect(source.credentials.secretAccessKey.reveal()).toBe('TESTSECRET');
  });

  it('report all faults together, by name, without values', () => {
    const faults = faultsOf({
      ...cloud,
      PORT: '99999',
      UPSTREAM: 'aws',
      JDCLOUD_ENDPOINT: 'https://user:TESTSECRET@rds.example/path',
      UPSTREAM_TIME_ZONE: 'Asia/Shanghai',
      UPSTREAM_MAX_RETRIES: '1e1',
      EMBEDDED_PUBLIC_URL: 'ftp://files.example',
      MAX_LINKS_PER_OPERATION: '0',
      LOG_LEVEL: 'loud',
    });
    expect([...faults].sort()).toEqual([
      'EMBEDDED_PUBLIC_URL: expected an http or https URL without query or credentials',
      'JDCLOUD_ENDPOINT: expected scheme, host and port only, for example https://host:443',
      'LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent',
      'MAX_LINKS_PER_OPERATION: expected an integer from 1 to 10000',
      'PORT: expected an integer from 0 to 65535',
      'UPSTREAM: expected one of embedded, jdcloud',
      'UPSTREAM_MAX_RETRIES: expected an integer from 0 to 10',
      'UPSTREAM_TIME_ZONE: expected a UTC offset, for example +08:00',
    ]);
  });

  it('require the credentials of the cloud', () => {
    expect(faultsOf({ UPSTREAM: 'jdcloud' })).toEqual([
      'JDCLOUD_ACCESS_KEY_ID: required with UPSTREAM=jdcloud',
      'JDCLOUD_SECRET_ACCESS_KEY: required with UPSTREAM=jdcloud',
    ]);
  });

  it('reject an attempt timeout above the deadline', () => {
    const env = { UPSTREAM_TIMEOUT_MS: '1000', UPSTREAM_ATTEMPT_TIMEOUT_MS: '1001' };
    expect(faultsOf(env)).toEqual([
      'UPSTREAM_ATTEMPT_TIMEOUT_MS: must not exceed UPSTREAM_TIMEOUT_MS',
    ]);
  });

  it.each([
    [{ PORT: '4001' }],
    [{ EMBEDDED_PORT: '4000' }],
    [{ PORT: '5000', EMBEDDED_PORT: '5000' }],
  ])('reject the same port for both servers: %j', (env) => {
    expect(faultsOf(env)).toEqual(['EMBEDDED_PORT: must differ from PORT']);
  });

  it('accept the port of a server that does not run, and 0 for both', () => {
    expect(toConfig({ ...cloud, PORT: '4001' }).port).toBe(4001);
    expect(toConfig({ PORT: '0', EMBEDDED_PORT: '0' }).port).toBe(0);
  });

  it.each(['TESTSECRET\n', ' TESTSECRET', ' ', 'TEST\u0000', 'TESTSECRÉT'])(
    'reject a secret that would break signatures or headers: %j',
    (text) => {
      const names = [
        'JDCLOUD_SECRET_ACCESS_KEY',
        'JDCLOUD_SECURITY_TOKEN',
        'EMBEDDED_SECRET_ACCESS_KEY',
        'EMBEDDED_LINK_SECRET',
      ];
      const env = { ...cloud, ...Object.fromEntries(names.map((name) => [name, text])) };
      expect([...faultsOf(env)].sort()).toEqual(
        names
          .map((name) => `${name}: expected printable ASCII without leading or trailing whitespace`)
          .sort(),
      );
    },
  );

  it.each(['EMBEDDED_SECRET_ACCESS_KEY', 'EMBEDDED_LINK_SECRET'])(
    'reject a short %s that could be guessed',
    (name) => {
      expect(faultsOf({ [name]: 'fifteen chars..' })).toEqual([
        `${name}: expected at least 16 characters`,
      ]);
      expect(faultsOf({ [name]: 'sixteen chars...' })).toEqual([]);
    },
  );

  it('never show a secret', () => {
    const config = toConfig({ ...cloud, JDCLOUD_SECURITY_TOKEN: 'TESTSTS' });
    const shown = [JSON.stringify(config), inspect(config, { depth: 9 })].join();
    expect(shown).not.toMatch(/TESTSECRET|TESTSTS/);
  });
});

describe('EMBEDDED_DIR', () => {
  const noFolder = 'EMBEDDED_DIR: no such folder; create it, or unset EMBEDDED_DIR to use ./data';

  it.each<[string, Record<string, string>, string[]]>([
    ['a folder that is missing', { EMBEDDED_DIR: '/nope/x' }, [noFolder]],
    ['a missing one below this folder', { EMBEDDED_DIR: ' dtaa ' }, [noFolder]],
    ['a file', { EMBEDDED_DIR: 'package.json' }, ['EMBEDDED_DIR: not a folder']],
    ['a path below a file', { EMBEDDED_DIR: 'package.json/x' }, [noFolder]],
    [
      'one of several faults',
      { EMBEDDED_DIR: '/nope/x', PORT: 'x' },
      [noFolder, 'PORT: expected an integer from 0 to 65535'],
    ],
  ])('is refused at the start: %s', async (_what, env, faults) => {
    await expect(loadConfig(env)).rejects.toMatchObject({ faults });
  });

  it('may be a link to a folder, and does not matter to the cloud', async () => {
    expect(await storeOf({ EMBEDDED_DIR: '/proc/self/cwd' })).toMatchObject({ isDefault: false });
    await expect(loadConfig({ ...cloud, EMBEDDED_DIR: '/nope/x' })).resolves.toBeDefined();
  });

  it.each([{}, { EMBEDDED_DIR: '' }])('is ./data where it is not set: %j', async (env) => {
    expect(await storeOf(env)).toEqual({ kind: 'folder', dir: './data', isDefault: true });
  });

  async function storeOf(env: Record<string, string>): Promise<unknown> {
    const { source } = (await loadConfig(env)).config.upstream;
    return source.kind === 'embedded' ? source.store : null;
  }
});
