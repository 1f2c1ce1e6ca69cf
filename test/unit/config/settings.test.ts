import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { loadConfig } from '../../../src/config/load-config.js';
import { Secret } from '../../../src/config/secret.js';
import { ConfigError, toConfig } from '../../../src/config/to-config.js';
import { PARTIES, SECRET_AUTH, TOKEN_SECRET } from '../../helpers/tokens.js';

type Env = Readonly<Record<string, string>>;

function faultsOf(env: Env): readonly string[] {
  try {
    toConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

/** The configuration with secrets as their texts. */
const shown = (env: Env) => withSecrets(toConfig(env)) as Record<string, object>;

function withSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(withSecrets);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withSecrets(one)]));
}

const CLOUD = {
  UPSTREAM: 'jdcloud',
  JDCLOUD_ACCESS_KEY_ID: 'TESTAK',
  JDCLOUD_SECRET_ACCESS_KEY: 'TESTSECRET',
};
const KEYS_URL = 'https://id.example/jwks';
const byKeys = (AUTH_JWKS_URL = KEYS_URL) => ({ ...PARTIES, AUTH_JWKS_URL });
const KEY = Buffer.alloc(32, 'k').toString('base64');
const SECOND_KEY = Buffer.alloc(32, 'l').toString('base64');
const REDIS_URL = 'redis://:a-password@redis.example:6379/0';

describe('the settings', () => {
  it('generate new secrets of the embedded upstream each time', () => {
    const [first, second] = [toConfig({}), toConfig({})].map(({ upstream: { source } }) =>
      source.credentials.secretAccessKey.reveal(),
    );
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(first).not.toBe(second);
  });

  it.each<[Env, object]>([
    [
      { PORT: '', UPSTREAM: '' },
      { port: 4000, metricsReaders: ['loopback'] },
    ],
    [{ PORT: '0', EMBEDDED_PORT: '0' }, { port: 0 }],
    [{ ...CLOUD, PORT: '4001' }, { port: 4001 }],
    [{ HOST: '[::]' }, { host: '::' }],
    [{ HOST: '[::1]' }, { host: '::1' }],
    [{ HOST: 'fe80::1%eth0' }, { host: 'fe80::1%eth0' }],
    [{ HOST: 'backups.lan' }, { host: 'backups.lan' }],
    [{ HOST: '0' }, { host: '0' }],
    // From a file with Windows line endings.
    [
      { PORT: '4100\r', UPSTREAM: ' embedded\t', HOST: '\r' },
      { port: 4100, host: '127.0.0.1' },
    ],
    [{ LOG_LEVEL: ' error\r' }, { logLevel: 'error' }],
    [{ LOG_LEVEL: 'Debug' }, { logLevel: 'debug' }],
    [{ LOG_LEVEL: 'WARNING' }, { logLevel: 'warn' }],
    [{ LOG_LEVEL: 'WARN' }, { logLevel: 'warn' }],
    [{ NODE_ENV: 'Production' }, { introspection: true }],
    [{ NODE_ENV: 'production' }, { introspection: false }],
    [{ AUDIT_LOG: '/a/audit.log' }, { audit: { log: { kind: 'file', path: '/a/audit.log' } } }],
    [
      { METRICS_ALLOW: 'private, 203.0.113.0/24,2001:db8::/32,::1' },
      { metricsReaders: ['private', '203.0.113.0/24', '2001:db8::/32', '::1'] },
    ],
    [
      { CORS_ORIGINS: 'https://App.Example:443, http://localhost:5173,http://[::1]:3000' },
      { corsOrigins: ['https://app.example', 'http://localhost:5173', 'http://[::1]:3000'] },
    ],
    [{ EMBEDDED_LINK_SECRET: 'sixteen chars...' }, { port: 4000 }],
    [{ LINK_REUSE: '0' }, { linkReuse: 0 }],
    [{ LINK_REUSE: '0.9' }, { linkReuse: 0.9 }],
    [
      { REDIS_URL, CACHE_KEY: `${KEY}, ${SECOND_KEY}` },
      { redis: { url: REDIS_URL, cacheKeys: [KEY, SECOND_KEY] } },
    ],
    // An attempt never outlasts its call.
    [{ UPSTREAM_TIMEOUT_MS: '3999' }, { upstream: { attemptTimeoutMs: 3999 } }],
    [{ UPSTREAM_TIMEOUT_MS: '60000' }, { upstream: { attemptTimeoutMs: 4000 } }],
    [{ ALLOW_ANONYMOUS: 'true' }, { auth: { kind: 'none', allowAnonymous: true } }],
    [
      SECRET_AUTH,
      {
        auth: {
          kind: 'jwt',
          keys: { kind: 'secret', secret: TOKEN_SECRET },
          tokens: {
            issuers: [PARTIES.AUTH_ISSUER],
            audiences: [PARTIES.AUTH_AUDIENCE],
            requiredClaims: [],
            subjectClaim: 'sub',
            rightsClaims: ['scope', 'scopes', 'scp'],
            readScopes: ['backups:read'],
            downloadScopes: ['backups:download'],
            clockToleranceS: 60,
          },
        },
      },
    ],
    [
      {
        ...byKeys(),
        AUTH_ISSUER: 'https://a.example/, https://b.example',
        AUTH_AUDIENCE: 'api://backups,my app',
        AUTH_AUDIENCE_CLAIM: 'client_id',
        AUTH_REQUIRED_CLAIMS: 'token_use=access, org=a=b',
        AUTH_SUBJECT_CLAIM: 'oid',
        AUTH_TOKEN_TYP: 'at+jwt',
        AUTH_RIGHTS_CLAIMS: 'scope,https://a.example/roles , realm_access.roles',
        AUTH_READ_SCOPE: 'backups/read',
        AUTH_DOWNLOAD_SCOPE: 'backups/download,backups/admin',
        AUTH_CLOCK_TOLERANCE_S: '0',
        AUTH_KEYS_MAX_AGE_S: '3600',
      },
      {
        auth: {
          keys: { kind: 'jwks', url: KEYS_URL, maxAgeMs: 3_600_000 },
          tokens: {
            issuers: ['https://a.example/', 'https://b.example'],
            audiences: ['api://backups', 'my app'],
            audienceClaim: 'client_id',
            requiredClaims: [
              { name: 'token_use', value: 'access' },
              { name: 'org', value: 'a=b' },
            ],
            subjectClaim: 'oid',
            typ: 'at+jwt',
            rightsClaims: ['scope', 'https://a.example/roles', 'realm_access.roles'],
            readScopes: ['backups/read'],
            downloadScopes: ['backups/download', 'backups/admin'],
            clockToleranceS: 0,
          },
        },
      },
    ],
    [byKeys(), { auth: { keys: { maxAgeMs: 86_400_000 } } }],
    ...['https://id.example/jwks?tenant=1', 'http://localhost:8080/jwks', 'http://[::1]/jwks'].map(
      (url): [Env, object] => [byKeys(url), { auth: { keys: { url } } }],
    ),
    [{ ...SECRET_AUTH, AUTH_JWT_SECRET: '密'.repeat(11) }, { auth: { kind: 'jwt' } }],
    [
      CLOUD,
      {
        upstream: {
          source: {
            kind: 'jdcloud',
            endpoint: 'https://rds.jdcloud-api.com',
            credentials: { accessKeyId: 'TESTAK', secretAccessKey: 'TESTSECRET' },
          },
        },
      },
    ],
  ])('%j give %j', (env, expected) => {
    expect(shown(env)).toMatchObject(expected);
  });

  it('never show a secret', () => {
    const config = [
      { ...CLOUD, JDCLOUD_SECURITY_TOKEN: 'TESTSTS', HTTPS_PROXY: 'http://u:hunter2@p:3128' },
      { ...SECRET_AUTH, REDIS_URL, CACHE_KEY: KEY },
    ].map((env) => toConfig(env));
    const text = JSON.stringify(config) + inspect(config, { depth: 9 });
    expect(text).not.toMatch(/TESTSECRET|TESTSTS|hunter2|a-password|=/);
    expect(text).not.toContain(TOKEN_SECRET);
  });
});

const LIST = 'expected one or more comma-separated values';
const CLAIM = 'expected a single claim name';
const PAIR = 'expected one or more comma-separated claim=value pairs, for example token_use=access';
const PRINTABLE = 'expected printable ASCII without leading or trailing whitespace';
const LEVELS = 'expected one of fatal, error, warn, info, debug, trace, silent';
const ADDRESS =
  'expected an IP address or host name without a port; 0.0.0.0 and :: stand for all addresses';
const READERS =
  'expected loopback, private, all, addresses or networks (10.0.0.0/8), comma-separated';
const ORIGINS = 'expected comma-separated origins without a path, for example https://app.example';
const BUCKET =
  'expected a bucket name of 3 to 255 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends';
const BUCKET_URL =
  'expected s3://<bucket> or s3://<bucket>/<prefix>, without empty, `.` or `..` segments in the prefix';
const JWKS = 'expected an https URL without credentials; http is allowed on loopback only';
const AES = 'expected one or more comma-separated keys, each 32 bytes in base64';

describe('a fault is reported by name, without the value:', () => {
  it.each<[name: string, fault: string, values: readonly string[], env?: Env]>([
    ['PORT', 'expected an integer from 0 to 65535', ['99999', 'x', '1e1', '-1']],
    ['EMBEDDED_PORT', 'expected an integer from 0 to 65535', ['http://10.0.0.1:4001']],
    ['HOST', ADDRESS, ['*', '[::]:4000', '127.0.0.1:4000', 'http://a', '127.0.0.1,::1', 'a b']],
    ['LOG_LEVEL', LEVELS, ['loud', 'warnings', '30']],
    ['UPSTREAM_TIME_ZONE', 'expected a UTC offset, for example +08:00', ['Asia/Shanghai']],
    ['LINK_REUSE', 'expected a decimal number from 0 to 0.9', ['1', '0.91', '-0.1', '.5', '10%']],
    ['METRICS_ALLOW', READERS, ['everybody', 'private,', '10.0.0.0/33', '10.0.0/8', '::/129']],
    ['METRICS_ALLOW', READERS, ['10.0.0.0/', 'fe80::1%eth0']],
    ['CORS_ORIGINS', ORIGINS, ['*', 'null', 'app.example', 'https://*.example', 'https://']],
    ['CORS_ORIGINS', ORIGINS, ['https://a.example/', 'https://a.example?x', 'https://a.example#x']],
    ['CORS_ORIGINS', ORIGINS, ['https://u@a.example', 'https://a.example,', 'https://a.example b']],
    ['CORS_ORIGINS', ORIGINS, ['file:///x', 'chrome-extension://abc', 'https://a.example:99999']],
    ['EMBEDDED_BUCKET', BUCKET, ['s3://ab', 's3://-ab', 's3://a_/x', 's3:///x', 's3://a b c']],
    ['EMBEDDED_BUCKET', BUCKET_URL, ['abc', 'file:///x', 's3:/abc', 's3://abc//x', 's3://abc/..']],
    [
      'EMBEDDED_PUBLIC_URL',
      'expected an http or https URL without query or credentials',
      ['ftp://files.example', 'https://files.example?a'],
    ],
    [
      'JDCLOUD_ENDPOINT',
      'expected scheme, host and port only, for example https://host:443',
      ['https://user:TESTSECRET@rds.example', 'https://rds.example/path'],
      CLOUD,
    ],
    ['EMBEDDED_LINK_SECRET', 'expected at least 16 characters', ['fifteen chars..']],
    ['EMBEDDED_SECRET_ACCESS_KEY', 'expected at least 16 characters', ['fifteen chars..']],
    ...[
      'JDCLOUD_SECRET_ACCESS_KEY',
      'JDCLOUD_SECURITY_TOKEN',
      'EMBEDDED_SECRET_ACCESS_KEY',
      'EMBEDDED_LINK_SECRET',
    ].map((name): [string, string, string[], Env] => [
      name,
      PRINTABLE,
      ['TESTSECRET\n', 'TESTSECRET\r', ' TESTSECRET', ' ', 'TEST\u0000', 'TESTSECRÉT'],
      CLOUD,
    ]),
    [
      'HTTPS_PROXY',
      'expected an http or https proxy URL, for example http://proxy:3128',
      ['socks5://user:hunter2@p:1'],
      CLOUD,
    ],
    ['CACHE_KEY', AES, ['c2hvcnQ=', `${KEY},`, 'ab'.repeat(32)], { REDIS_URL }],
    ['AUTH', 'expected one of none, jwt', ['oidc']],
    ['ALLOW_ANONYMOUS', 'expected one of true, false', ['yes']],
    ['TRUSTED_PROXIES', 'expected an integer from 0 to 32', ['-1']],
    ['AUTH_ISSUER', LIST, ['https://a.example,'], SECRET_AUTH],
    ['AUTH_AUDIENCE', LIST, [','], SECRET_AUTH],
    ['AUTH_RIGHTS_CLAIMS', LIST, ['scope,,roles'], SECRET_AUTH],
    ['AUTH_READ_SCOPE', LIST, [' , '], SECRET_AUTH],
    ['AUTH_DOWNLOAD_SCOPE', LIST, ['a, '], SECRET_AUTH],
    ['AUTH_AUDIENCE_CLAIM', CLAIM, ['client_id,azp'], SECRET_AUTH],
    ['AUTH_SUBJECT_CLAIM', CLAIM, ['sub,oid'], SECRET_AUTH],
    ['AUTH_REQUIRED_CLAIMS', PAIR, ['token_use', '=access', 'token_use='], SECRET_AUTH],
    [
      'AUTH_TOKEN_TYP',
      'expected a media type, for example at+jwt',
      ['at jwt', 'at+jwt,JWT'],
      SECRET_AUTH,
    ],
    [
      'AUTH_CLOCK_TOLERANCE_S',
      'expected an integer from 0 to 300',
      ['301', '-1', '30s'],
      SECRET_AUTH,
    ],
    [
      'AUTH_JWT_SECRET',
      'expected at least 32 bytes',
      ['a'.repeat(31), '密'.repeat(10)],
      SECRET_AUTH,
    ],
    [
      'AUTH_JWT_SECRET',
      'expected no leading or trailing whitespace',
      [`${TOKEN_SECRET}\n`],
      SECRET_AUTH,
    ],
    [
      'AUTH_KEYS_MAX_AGE_S',
      'expected an integer from 60 to 604800',
      ['0', '59', '604801', '24h'],
      byKeys(),
    ],
    ['AUTH_JWKS_URL', JWKS, ['http://id.example', 'http://127.0.0.1.id.example/jwks'], PARTIES],
    ['AUTH_JWKS_URL', JWKS, ['http://localhost.id.example/jwks', 'file:///jwks.json'], PARTIES],
    ['AUTH_JWKS_URL', JWKS, ['https://user:pass@id.example/jwks', 'id.example'], PARTIES],
  ])('%s: %s, for %j', (name, fault, values, env = {}) => {
    for (const value of values) {
      expect([value, faultsOf({ ...env, [name]: value })]).toEqual([value, [`${name}: ${fault}`]]);
    }
  });

  it.each(['http://a', 'redis', 'redis:///0'])('REDIS_URL, for %s', (url) => {
    expect(faultsOf({ REDIS_URL: url, CACHE_KEY: KEY })).toEqual([
      expect.stringMatching(/^REDIS_URL: expected a Redis URL/),
    ]);
  });

  it('all of them together', () => {
    const env = { ...CLOUD, PORT: '99999', UPSTREAM: 'aws', UPSTREAM_MAX_RETRIES: '1e1' };
    expect([...faultsOf({ ...env, MAX_LINKS_PER_OPERATION: '0' })].sort()).toEqual([
      'MAX_LINKS_PER_OPERATION: expected an integer from 1 to 10000',
      'PORT: expected an integer from 0 to 65535',
      'UPSTREAM: expected one of embedded, jdcloud',
      'UPSTREAM_MAX_RETRIES: expected an integer from 0 to 10',
    ]);
  });
});

describe('settings that require or exclude each other', () => {
  const ONE_KEY = 'AUTH_JWKS_URL, AUTH_JWT_SECRET: exactly one is required with AUTH=jwt';

  it.each<[Env, readonly string[]]>([
    [
      { UPSTREAM: 'jdcloud' },
      [
        'JDCLOUD_ACCESS_KEY_ID: required with UPSTREAM=jdcloud',
        'JDCLOUD_SECRET_ACCESS_KEY: required with UPSTREAM=jdcloud',
      ],
    ],
    [
      { UPSTREAM_TIMEOUT_MS: '1000', UPSTREAM_ATTEMPT_TIMEOUT_MS: '1001' },
      ['UPSTREAM_ATTEMPT_TIMEOUT_MS: must not exceed UPSTREAM_TIMEOUT_MS'],
    ],
    [{ PORT: '4001' }, ['EMBEDDED_PORT: must differ from PORT']],
    [{ EMBEDDED_PORT: '4000' }, ['EMBEDDED_PORT: must differ from PORT']],
    [
      { REDIS_URL },
      ['CACHE_KEY: required with REDIS_URL; create one with `openssl rand -base64 32`'],
    ],
    [{ CACHE_KEY: KEY }, ['CACHE_KEY: requires REDIS_URL']],
    [
      { AUTH: 'jwt', AUTH_JWT_SECRET: 'short', ALLOW_ANONYMOUS: 'true', PORT: 'x' },
      [
        'PORT: expected an integer from 0 to 65535',
        'AUTH_JWT_SECRET: expected at least 32 bytes',
        'AUTH_ISSUER: required with AUTH=jwt',
        'AUTH_AUDIENCE: required with AUTH=jwt',
        'ALLOW_ANONYMOUS: requires AUTH=none',
      ],
    ],
    [PARTIES, [ONE_KEY]],
    [{ ...SECRET_AUTH, AUTH_JWKS_URL: KEYS_URL }, [ONE_KEY]],
    // A server that was meant to check tokens must not be open.
    [
      { ...SECRET_AUTH, AUTH: '', AUTH_CLOCK_TOLERANCE_S: '10' },
      [
        'AUTH_ISSUER: requires AUTH=jwt',
        'AUTH_AUDIENCE: requires AUTH=jwt',
        'AUTH_CLOCK_TOLERANCE_S: requires AUTH=jwt',
        'AUTH_JWT_SECRET: requires AUTH=jwt',
      ],
    ],
    [
      { ...SECRET_AUTH, AUTH_KEYS_MAX_AGE_S: '3600' },
      ['AUTH_KEYS_MAX_AGE_S: requires AUTH_JWKS_URL'],
    ],
  ])('%j: %j', (env, faults) => {
    expect(faultsOf(env)).toEqual(faults);
  });
});

describe('EMBEDDED_DIR', () => {
  const noFolder = 'EMBEDDED_DIR: no such folder; create it, or unset EMBEDDED_DIR to use ./data';

  it.each<[string, Env, string[]]>([
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

  it('may be a link to a folder, is ./data where it is not set, and does not matter to the cloud', async () => {
    const storeOf = async (env: Env) => (await loadConfig(env)).config.upstream.source;
    expect(await storeOf({ EMBEDDED_DIR: '/proc/self/cwd' })).toMatchObject({
      store: { isDefault: false },
    });
    expect(await storeOf({ EMBEDDED_DIR: '' })).toMatchObject({
      store: { kind: 'folder', dir: './data', isDefault: true },
    });
    await expect(loadConfig({ ...CLOUD, EMBEDDED_DIR: '/nope/x' })).resolves.toBeDefined();
  });
});

describe('variables set for a whole cluster', () => {
  it.each(['PORT', 'EMBEDDED_PORT'])('name a Service: %s is ignored with a warning', (name) => {
    const { port, warnings, upstream } = toConfig({ [name]: 'tcp://10.0.0.1:4001' });
    expect(port).toBe(4000);
    expect(upstream.source).toMatchObject({ port: 4001 });
    expect(warnings).toEqual([
      `${name}: ignored because it holds a service address set by Kubernetes; using the default`,
    ]);
  });

  it.each<[Env, object | undefined]>([
    [
      { HTTPS_PROXY: 'http://p:3128', NO_PROXY: 'a,b' },
      { https: 'http://p:3128', no: 'a,b' },
    ],
    [
      { https_proxy: 'http://p:3128', no_proxy: '10.0.0.0/8,.svc,,*' },
      { https: 'http://p:3128', no: '10.0.0.0/8,.svc,,*' },
    ],
    [{ HTTPS_PROXY: 'http://x:1', https_proxy: 'http://p:2' }, { https: 'http://p:2' }],
    [{ HTTPS_PROXY: 'u:p@proxy:3128' }, { https: 'http://u:p@proxy:3128' }],
    [{ HTTPS_PROXY: '', NO_PROXY: 'a' }, undefined],
    // Of schemes that are not called.
    [{ HTTP_PROXY: 'socks5://proxy:1080' }, undefined],
    [{ UPSTREAM: 'embedded', HTTPS_PROXY: 'not an address' }, undefined],
  ])('name a proxy: %j is %j', (env, expected) => {
    const given = env['UPSTREAM'] ? env : { ...CLOUD, ...env };
    const { source } = shown(given)['upstream'] as { source: { proxy?: object } };
    expect(source.proxy).toEqual(expected);
  });

  it('name a proxy of the scheme that is called, which must be valid', () => {
    const env = { ...CLOUD, JDCLOUD_ENDPOINT: 'http://rds.example' };
    expect(faultsOf({ ...env, HTTP_PROXY: 'socks5://proxy:1080' })).toHaveLength(1);
  });
});

it('an attempt timeout alone does not extend that of the call, and causes a warning', () => {
  const { upstream, warnings } = toConfig({ UPSTREAM_ATTEMPT_TIMEOUT_MS: '20000' });
  expect(upstream).toMatchObject({ timeoutMs: 10_000, attemptTimeoutMs: 10_000 });
  expect(warnings).toEqual([expect.stringContaining('UPSTREAM_ATTEMPT_TIMEOUT_MS')]);
});

describe('links that work on this machine only', () => {
  /** The settings named in warnings. */
  const namedIn = (env: Env) => toConfig(env).warnings.map((warning) => warning.split(':')[0]!);
  const [PUBLIC, INTERNAL] = ['EMBEDDED_PUBLIC_URL', 'EMBEDDED_INTERNAL_URL'] as const;
  const elsewhere = { [INTERNAL]: 'http://10.0.0.5:4001' };

  it.each(['0.0.0.0', '::', '::0', '0', '::ffff:0.0.0.0'])(
    'cause a warning if every address is served: HOST=%s',
    (HOST) => {
      expect(namedIn({ HOST })).toEqual([PUBLIC, INTERNAL]);
      expect(toConfig({ HOST }).warnings[0]).toBe(
        'EMBEDDED_PUBLIC_URL: not set; links over the public network work on this machine only. Set the address where other machines reach EMBEDDED_PORT, for example http://host:4001',
      );
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
    expect(namedIn({ HOST: '0.0.0.0', [PUBLIC]: url, ...elsewhere })).toEqual([PUBLIC]);
    expect(namedIn({ HOST: '192.168.7.20', [INTERNAL]: url })).toEqual([INTERNAL]);
    expect(namedIn({ HOST: 'backups.lan', [PUBLIC]: url })).toEqual([PUBLIC]);
  });

  it.each<Env>([
    {},
    { HOST: 'localhost' },
    { HOST: '127.0.0.2' },
    { HOST: '::1' },
    { HOST: '192.168.7.20' },
    { HOST: 'fd00::20' },
    { HOST: 'backups.lan' },
    { HOST: 'localhost.example.com' },
    { HOST: '::', [PUBLIC]: 'http://b.lan', ...elsewhere },
    { HOST: '::', PUBLIC_LINKS: 'false', ...elsewhere },
    { HOST: '0.0.0.0', ...CLOUD },
  ])('cause no warning where they cannot mislead: %j', (env) => {
    expect(namedIn(env)).toEqual([]);
  });
});
