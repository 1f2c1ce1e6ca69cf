import { execFileSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Env } from '../../../src/config/env.js';
import { readSecretFiles, SECRET_NAMES } from '../../../src/config/secret-files.js';
import { ConfigError, toConfig } from '../../../src/config/to-config.js';
import { temporaryFolder } from '../../helpers/closing.js';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
let files = 0;
/** A new file with this content. */
async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(folder, `secret-${(files += 1)}`);
  await writeFile(path, content);
  return path;
}

const configOf = async (env: Env) => toConfig(env, await readSecretFiles(env));

async function faultsOf(env: Env): Promise<readonly string[]> {
  try {
    await configOf(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

const cloud = { UPSTREAM: 'jdcloud', JDCLOUD_ACCESS_KEY_ID: 'TESTAK' };

async function secretKeyIn(content: string | Buffer): Promise<string | undefined> {
  const env = { ...cloud, JDCLOUD_SECRET_ACCESS_KEY_FILE: await fileOf(content) };
  const { source } = (await configOf(env)).upstream;
  return source.credentials.secretAccessKey.reveal();
}

describe('a secret from a file', () => {
  it.each<[string, string | Buffer]>([
    ['as it is', 'TESTSECRET'],
    ['with a line end', 'TESTSECRET\n'],
    ['with that of Windows', 'TESTSECRET\r\n'],
    ['with the byte order mark of an editor', '\ufeffTESTSECRET\r\n'],
  ])('is read %s', async (_, content) => {
    expect(await secretKeyIn(content)).toBe('TESTSECRET');
  });

  it('can be used for every secret', async () => {
    const cacheKey = Buffer.alloc(32, 1).toString('base64');
    const texts: Readonly<Record<string, string>> = {
      JDCLOUD_ACCESS_KEY_ID: 'FILEAK',
      JDCLOUD_SECRET_ACCESS_KEY: 'FILESECRET',
      JDCLOUD_SECURITY_TOKEN: 'FILETOKEN',
      JDCLOUD_SECURITY_TOKEN_EXPIRES_AT: '2026-01-31T12:00:00Z',
      EMBEDDED_ACCESS_KEY_ID: 'FILEEMBEDDED',
      EMBEDDED_SECRET_ACCESS_KEY: 'a secret of sixteen characters',
      EMBEDDED_LINK_SECRET: 'a link secret of many characters',
      AUTH_JWT_SECRET: 'a secret of thirty-two bytes, or of more',
      REDIS_URL: 'redis://:pw@redis.example:6379',
      CACHE_KEY: cacheKey,
      HTTP_PROXY: 'http://u:p@proxy:3128',
      HTTPS_PROXY: 'http://u:p@proxy:3129',
    };
    expect(Object.keys(texts).sort()).toEqual([...SECRET_NAMES].sort());
    const named = await Promise.all(
      SECRET_NAMES.map(async (name) => [`${name}_FILE`, await fileOf(`${texts[name]!}\n`)]),
    );
    const env = Object.fromEntries(named);
    const auth = { AUTH: 'jwt', AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a' };
    const config = await configOf({ ...env, ...auth, UPSTREAM: 'jdcloud' });
    const { source } = config.upstream;
    expect(source).toMatchObject({
      credentials: { accessKeyId: 'FILEAK', expiresAt: new Date('2026-01-31T12:00:00Z') },
    });
    expect(source.credentials.securityToken?.reveal()).toBe('FILETOKEN');
    const proxy = 'proxy' in source ? source.proxy : undefined;
    expect(proxy?.https?.reveal()).toBe(texts['HTTPS_PROXY']);
    expect(config.redis?.url.reveal()).toBe(texts['REDIS_URL']);
    expect(config.redis?.cacheKeys[0].reveal()).toBe(cacheKey);
    expect(config.auth).toMatchObject({ keys: { kind: 'secret' } });
    const { source: embedded } = (await configOf({ ...env, ...auth })).upstream;
    expect(embedded.credentials.accessKeyId).toBe('FILEEMBEDDED');
  });
});

describe('a secret file is rejected by name only if it', () => {
  it.each<[string, () => Promise<string>, string]>([
    ['is missing', () => Promise.resolve(join(folder, 'nope')), 'no such file'],
    ['lies below a file', async () => join(await fileOf('TESTSECRET'), 'sk'), 'no such file'],
    ['is empty', () => fileOf(''), 'the file is empty'],
    ['holds only a line break', () => fileOf('\r\n'), 'the file is empty'],
    ['is a folder', () => Promise.resolve(folder), 'expected a regular file'],
    ['is a MiB large', () => fileOf('S'.repeat(1024 * 1024)), 'the file is larger than 64 KiB'],
    ['is one byte too large', () => fileOf('S'.repeat(65_537)), 'the file is larger than 64 KiB'],
    ['is not UTF-8', () => fileOf(Buffer.from([0x54, 0xff])), 'expected UTF-8 text'],
    [
      'has two lines',
      () => fileOf('TESTSECRET\nTESTSECRET\n'),
      'expected printable ASCII without leading or trailing whitespace',
    ],
    [
      'has two line breaks',
      () => fileOf('TESTSECRET\n\n'),
      'expected printable ASCII without leading or trailing whitespace',
    ],
    [
      'was redirected to by PowerShell',
      () => fileOf(Buffer.from('TESTSECRET', 'utf16le')),
      'expected printable ASCII without leading or trailing whitespace',
    ],
    ['has an invalid path', () => Promise.resolve('TESTSECRET\0'), 'the file cannot be read: '],
  ])('%s', async (_, path, fault) => {
    const faults = await faultsOf({ ...cloud, JDCLOUD_SECRET_ACCESS_KEY_FILE: await path() });
    expect(faults).toEqual([expect.stringContaining(`JDCLOUD_SECRET_ACCESS_KEY_FILE: ${fault}`)]);
    expect(faults[0]).not.toMatch(/TESTSECRET|secret-\d/);
  });

  it('is a pipe without a writer, without delaying the start', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    expect(await faultsOf({ ...cloud, JDCLOUD_SECRET_ACCESS_KEY_FILE: path })).toEqual([
      'JDCLOUD_SECRET_ACCESS_KEY_FILE: expected a regular file',
    ]);
  });

  // root can read every file.
  (process.getuid?.() === 0 ? it.skip : it)('without read permission', async () => {
    const path = await fileOf('TESTSECRET');
    await chmod(path, 0);
    expect(await faultsOf({ ...cloud, JDCLOUD_SECRET_ACCESS_KEY_FILE: path })).toEqual([
      'JDCLOUD_SECRET_ACCESS_KEY_FILE: this user has no permission to read the file',
    ]);
  });

  it.each(SECRET_NAMES)('accompanies %s itself', async (name) => {
    const env = { [name]: 'x', [`${name}_FILE`]: await fileOf('y') };
    expect(await faultsOf(env)).toContain(`${name}_FILE: set only this, or ${name}`);
  });

  it('accompanies a lower-case proxy variable', async () => {
    const HTTPS_PROXY_FILE = await fileOf('http://p:1');
    expect(await faultsOf({ https_proxy: 'http://p:2', HTTPS_PROXY_FILE })).toEqual([
      'HTTPS_PROXY_FILE: set only this, or HTTPS_PROXY',
    ]);
  });

  it('is one of several invalid settings', async () => {
    const JDCLOUD_SECRET_ACCESS_KEY_FILE = join(folder, 'nope');
    expect(await faultsOf({ ...cloud, JDCLOUD_SECRET_ACCESS_KEY_FILE, PORT: 'x' })).toEqual([
      'JDCLOUD_SECRET_ACCESS_KEY_FILE: no such file',
      'PORT: expected an integer from 0 to 65535',
    ]);
  });
});

describe('the credentials file of the command line', () => {
  const CONFIG = [
    '[default]',
    'access_key = DEFAULTAK',
    'secret_key = DEFAULT=SECRET%%',
    'region_id = cn-north-1',
    'endpoint = rds.jdcloud-api.com',
    'scheme = https',
    'timeout = 20',
    '',
    '# access_key = COMMENT',
    '[backups]',
    'Access_Key: BACKUPSAK',
    'secret_key:BACKUPSSECRET',
    '',
    '[empty]',
    'access_key = EMPTYAK',
  ];

  const pairOf = async (content: string, env: Env = {}) => {
    const JDCLOUD_CREDENTIALS_FILE = await fileOf(content);
    const config = await configOf({ UPSTREAM: 'jdcloud', JDCLOUD_CREDENTIALS_FILE, ...env });
    const { accessKeyId, secretAccessKey } = config.upstream.source.credentials;
    return [accessKeyId, secretAccessKey.reveal()];
  };

  it.each(['\n', '\r\n'])('has a key pair per profile', async (lineEnd) => {
    const content = CONFIG.join(lineEnd);
    expect(await pairOf(content)).toEqual(['DEFAULTAK', 'DEFAULT=SECRET%']);
    expect(await pairOf(content, { JDCLOUD_PROFILE: 'backups' })).toEqual([
      'BACKUPSAK',
      'BACKUPSSECRET',
    ]);
    expect(await pairOf(content, { JDCLOUD_PROFILE: '' })).toEqual([
      'DEFAULTAK',
      'DEFAULT=SECRET%',
    ]);
  });

  it.each<[string, Env, string]>([
    ['without the profile', { JDCLOUD_PROFILE: 'nope' }, 'no profile has the name'],
    ['with half a pair', { JDCLOUD_PROFILE: 'empty' }, 'the profile needs access_key and'],
    ['beside a key', { JDCLOUD_ACCESS_KEY_ID: 'TESTAK' }, 'set only this, or'],
    ['beside the file of a key', { JDCLOUD_SECRET_ACCESS_KEY_FILE: '/x' }, 'set only this, or'],
  ])('is rejected %s', async (_, env, fault) => {
    const JDCLOUD_CREDENTIALS_FILE = await fileOf(CONFIG.join('\n'));
    const faults = await faultsOf({ UPSTREAM: 'jdcloud', JDCLOUD_CREDENTIALS_FILE, ...env });
    expect(faults).toContainEqual(expect.stringMatching(`^JDCLOUD_CREDENTIALS_FILE: ${fault}`));
    expect(faults.join()).not.toMatch(/DEFAULTAK|SECRET%|EMPTYAK/);
  });

  it('is rejected by name if it holds an invalid key', async () => {
    const JDCLOUD_CREDENTIALS_FILE = await fileOf('[default]\naccess_key = a b\nsecret_key = s\n');
    expect(await faultsOf({ UPSTREAM: 'jdcloud', JDCLOUD_CREDENTIALS_FILE })).toEqual([
      'JDCLOUD_CREDENTIALS_FILE: expected letters, digits, hyphens and underscores',
    ]);
  });
});
