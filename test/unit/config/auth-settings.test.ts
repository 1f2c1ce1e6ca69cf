import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { ConfigError, toConfig } from '../../../src/config/to-config.js';
import { SECRET_AUTH, TOKEN_SECRET } from '../../helpers/tokens.js';

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    toConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

const { AUTH_ISSUER, AUTH_AUDIENCE, AUTH_JWT_SECRET } = SECRET_AUTH;
const withoutKey = { AUTH: 'jwt', AUTH_ISSUER, AUTH_AUDIENCE };
const byKeys = (AUTH_JWKS_URL: string) => ({ ...withoutKey, AUTH_JWKS_URL });

describe('the settings of callers', () => {
  it('tell nobody apart, and serve this machine, when nothing is set', () => {
    expect(toConfig({})).toMatchObject({
      auth: { kind: 'none', allowAnonymous: false },
      audit: { log: { kind: 'stdout' } },
      trustedProxies: 0,
    });
  });

  it('let everybody in', () => {
    const { auth } = toConfig({ ALLOW_ANONYMOUS: 'true' });
    expect(auth).toEqual({ kind: 'none', allowAnonymous: true });
  });

  it('refuse a shared secret with the line end of its file', () => {
    expect(faultsOf({ ...SECRET_AUTH, AUTH_JWT_SECRET: `${AUTH_JWT_SECRET}\n` })).toEqual([
      'AUTH_JWT_SECRET: expected no white space at its ends',
    ]);
  });

  it('take a shared secret, which never shows', () => {
    const { auth } = toConfig(SECRET_AUTH);
    expect(auth).toMatchObject({
      kind: 'jwt',
      keys: { kind: 'secret' },
      tokens: {
        issuers: [SECRET_AUTH.AUTH_ISSUER],
        audiences: [SECRET_AUTH.AUTH_AUDIENCE],
      },
    });
    expect(JSON.stringify(auth) + inspect(auth, { depth: 9 })).not.toContain(TOKEN_SECRET);
  });

  it.each([
    'https://id.example/.well-known/jwks.json',
    'https://id.example/jwks?tenant=1',
    'http://localhost:8080/jwks',
    'http://127.0.0.1/jwks',
    'http://[::1]:8080/jwks',
  ])('take keys published at %s', (url) => {
    expect(toConfig(byKeys(url)).auth).toMatchObject({ keys: { kind: 'jwks', url } });
  });

  it.each([
    'http://id.example/jwks',
    'http://127.0.0.1.id.example/jwks',
    'http://localhost.id.example/jwks',
    'https://user:pass@id.example/jwks',
    'file:///jwks.json',
    'id.example',
  ])('take no keys from %s', (url) => {
    expect(faultsOf(byKeys(url))).toEqual([
      'AUTH_JWKS_URL: expected an https address without credentials; http only on loopback',
    ]);
  });

  it.each([
    ['a'.repeat(31), 1],
    ['a'.repeat(32), 0],
    ['密'.repeat(10), 1],
    ['密'.repeat(11), 0],
  ])('measure the secret %s in bytes', (secret, faults) => {
    expect(faultsOf({ ...SECRET_AUTH, AUTH_JWT_SECRET: secret })).toHaveLength(faults);
  });

  it('report what is missing beside what is wrong', () => {
    const env = { AUTH: 'jwt', AUTH_JWT_SECRET: 'short', ALLOW_ANONYMOUS: 'true', PORT: 'x' };
    expect(faultsOf(env)).toEqual([
      'PORT: expected a whole number from 0 to 65535',
      'AUTH_JWT_SECRET: expected at least 32 bytes',
      'AUTH_ISSUER: required with AUTH=jwt',
      'AUTH_AUDIENCE: required with AUTH=jwt',
      'ALLOW_ANONYMOUS: only with AUTH=none',
    ]);
  });

  it.each([withoutKey, { ...SECRET_AUTH, AUTH_JWKS_URL: 'https://id.example/jwks' }])(
    'want one kind of key, not none and not both',
    (env) => {
      expect(faultsOf(env)).toEqual([
        'AUTH_JWKS_URL, AUTH_JWT_SECRET: exactly one is required with AUTH=jwt',
      ]);
    },
  );

  it('do not start an open server where tokens were meant', () => {
    expect(faultsOf({ AUTH_JWT_SECRET, AUTH_ISSUER, AUTH_AUDIENCE })).toEqual([
      'AUTH_JWT_SECRET: only with AUTH=jwt',
      'AUTH_ISSUER: only with AUTH=jwt',
      'AUTH_AUDIENCE: only with AUTH=jwt',
    ]);
  });

  it('read tokens by the rules of RFC 7519 and RFC 8693 unless others are set', () => {
    expect(toConfig(SECRET_AUTH).auth).toMatchObject({
      tokens: {
        requiredClaims: [],
        subjectClaim: 'sub',
        rightsClaims: ['scope', 'scopes', 'scp'],
        rightNames: { read: ['backups:read'], download: ['backups:download'] },
        clockToleranceS: 60,
      },
    });
    expect(toConfig(byKeys('https://id.example/jwks')).auth).toMatchObject({
      keys: { maxAgeMs: 86_400_000 },
    });
  });

  it('read lists by commas, and leave the white space around them out', () => {
    const { auth } = toConfig({
      ...byKeys('https://id.example/jwks'),
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
    });
    expect(auth).toMatchObject({
      keys: { maxAgeMs: 3_600_000 },
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
        rightNames: { read: ['backups/read'], download: ['backups/download', 'backups/admin'] },
        clockToleranceS: 0,
      },
    });
  });

  const LIST = 'expected a value, or several with commas between them';
  const CLAIM = 'expected the name of one claim';
  const PAIR =
    'expected a claim and its value, as token_use=access, or several with commas between them';

  it.each([
    ['AUTH_ISSUER', 'https://a.example,', LIST],
    ['AUTH_AUDIENCE', ',', LIST],
    ['AUTH_RIGHTS_CLAIMS', 'scope,,roles', LIST],
    ['AUTH_READ_SCOPE', ' , ', LIST],
    ['AUTH_DOWNLOAD_SCOPE', 'a, ', LIST],
    ['AUTH_AUDIENCE_CLAIM', 'client_id,azp', CLAIM],
    ['AUTH_SUBJECT_CLAIM', 'sub,oid', CLAIM],
    ['AUTH_SUBJECT_CLAIM', 'sub,oid', CLAIM],
    ['AUTH_REQUIRED_CLAIMS', 'token_use', PAIR],
    ['AUTH_REQUIRED_CLAIMS', '=access', PAIR],
    ['AUTH_REQUIRED_CLAIMS', 'token_use=', PAIR],
    ['AUTH_TOKEN_TYP', 'at jwt', 'expected a media type, as at+jwt'],
    ['AUTH_TOKEN_TYP', 'at+jwt,JWT', 'expected a media type, as at+jwt'],
    ['AUTH_CLOCK_TOLERANCE_S', '301', 'expected a whole number from 0 to 300'],
    ['AUTH_CLOCK_TOLERANCE_S', '-1', 'expected a whole number from 0 to 300'],
    ['AUTH_CLOCK_TOLERANCE_S', '30s', 'expected a whole number from 0 to 300'],
  ])('refuse %s=%j', (name, value, fault) => {
    expect(faultsOf({ ...SECRET_AUTH, [name]: value })).toEqual([`${name}: ${fault}`]);
  });

  it.each(['0', '59', '604801', '24h'])('refuse to keep keys for %j', (age) => {
    expect(faultsOf({ ...byKeys('https://id.example/jwks'), AUTH_KEYS_MAX_AGE_S: age })).toEqual([
      'AUTH_KEYS_MAX_AGE_S: expected a whole number from 60 to 604800',
    ]);
  });

  it('keep no shared secret for a time, and have no rules for tokens that nobody sends', () => {
    expect(faultsOf({ ...SECRET_AUTH, AUTH_KEYS_MAX_AGE_S: '3600' })).toEqual([
      'AUTH_KEYS_MAX_AGE_S: only with AUTH_JWKS_URL',
    ]);
    expect(faultsOf({ AUTH_RIGHTS_CLAIMS: 'roles', AUTH_CLOCK_TOLERANCE_S: '10' })).toEqual([
      'AUTH_RIGHTS_CLAIMS: only with AUTH=jwt',
      'AUTH_CLOCK_TOLERANCE_S: only with AUTH=jwt',
    ]);
  });

  it.each([
    [{ AUTH: 'oidc' }, 'AUTH: expected one of none, jwt'],
    [{ ALLOW_ANONYMOUS: 'yes' }, 'ALLOW_ANONYMOUS: expected one of true, false'],
    [{ TRUSTED_PROXIES: '-1' }, 'TRUSTED_PROXIES: expected a whole number from 0 to 32'],
  ])('refuse %j', (env, fault) => {
    expect(faultsOf(env)).toEqual([fault]);
  });
});

it('records go to a file where one is named', () => {
  expect(toConfig({ AUDIT_LOG: '/var/log/audit.log' }).audit).toEqual({
    log: { kind: 'file', path: '/var/log/audit.log' },
  });
});
