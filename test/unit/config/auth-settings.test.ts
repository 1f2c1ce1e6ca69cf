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

describe('authentication settings', () => {
  it('disable authentication and serve this machine by default', () => {
    expect(toConfig({})).toMatchObject({
      auth: { kind: 'none', allowAnonymous: false },
      audit: { log: { kind: 'stdout' } },
      trustedProxies: 0,
    });
  });

  it('can allow every client', () => {
    const { auth } = toConfig({ ALLOW_ANONYMOUS: 'true' });
    expect(auth).toEqual({ kind: 'none', allowAnonymous: true });
  });

  it('reject a shared secret that ends with the line break of its file', () => {
    expect(faultsOf({ ...SECRET_AUTH, AUTH_JWT_SECRET: `${AUTH_JWT_SECRET}\n` })).toEqual([
      'AUTH_JWT_SECRET: expected no leading or trailing whitespace',
    ]);
  });

  it('accept a shared secret and never show it', () => {
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
  ])('accept keys published at %s', (url) => {
    expect(toConfig(byKeys(url)).auth).toMatchObject({ keys: { kind: 'jwks', url } });
  });

  it.each([
    'http://id.example/jwks',
    'http://127.0.0.1.id.example/jwks',
    'http://localhost.id.example/jwks',
    'https://user:pass@id.example/jwks',
    'file:///jwks.json',
    'id.example',
  ])('reject keys from %s', (url) => {
    expect(faultsOf(byKeys(url))).toEqual([
      'AUTH_JWKS_URL: expected an https URL without credentials; http is allowed on loopback only',
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

  it('report missing settings together with invalid ones', () => {
    const env = { AUTH: 'jwt', AUTH_JWT_SECRET: 'short', ALLOW_ANONYMOUS: 'true', PORT: 'x' };
    expect(faultsOf(env)).toEqual([
      'PORT: expected an integer from 0 to 65535',
      'AUTH_JWT_SECRET: expected at least 32 bytes',
      'AUTH_ISSUER: required with AUTH=jwt',
      'AUTH_AUDIENCE: required with AUTH=jwt',
      'ALLOW_ANONYMOUS: requires AUTH=none',
    ]);
  });

  it.each([withoutKey, { ...SECRET_AUTH, AUTH_JWKS_URL: 'https://id.example/jwks' }])(
    'require exactly one source of keys',
    (env) => {
      expect(faultsOf(env)).toEqual([
        'AUTH_JWKS_URL, AUTH_JWT_SECRET: exactly one is required with AUTH=jwt',
      ]);
    },
  );

  it('do not start an open server if tokens were intended', () => {
    expect(faultsOf({ AUTH_JWT_SECRET, AUTH_ISSUER, AUTH_AUDIENCE })).toEqual([
      'AUTH_ISSUER: requires AUTH=jwt',
      'AUTH_AUDIENCE: requires AUTH=jwt',
      'AUTH_JWT_SECRET: requires AUTH=jwt',
    ]);
  });

  it('apply RFC 7519 and RFC 8693 to tokens by default', () => {
    expect(toConfig(SECRET_AUTH).auth).toMatchObject({
      tokens: {
        requiredClaims: [],
        subjectClaim: 'sub',
        rightsClaims: ['scope', 'scopes', 'scp'],
        readScopes: ['backups:read'],
        downloadScopes: ['backups:download'],
        clockToleranceS: 60,
      },
    });
    expect(toConfig(byKeys('https://id.example/jwks')).auth).toMatchObject({
      keys: { maxAgeMs: 86_400_000 },
    });
  });

  it('split lists at commas and trim whitespace', () => {
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
        readScopes: ['backups/read'],
        downloadScopes: ['backups/download', 'backups/admin'],
        clockToleranceS: 0,
      },
    });
  });

  const LIST = 'expected one or more comma-separated values';
  const CLAIM = 'expected a single claim name';
  const PAIR =
    'expected one or more comma-separated claim=value pairs, for example token_use=access';

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
    ['AUTH_TOKEN_TYP', 'at jwt', 'expected a media type, for example at+jwt'],
    ['AUTH_TOKEN_TYP', 'at+jwt,JWT', 'expected a media type, for example at+jwt'],
    ['AUTH_CLOCK_TOLERANCE_S', '301', 'expected an integer from 0 to 300'],
    ['AUTH_CLOCK_TOLERANCE_S', '-1', 'expected an integer from 0 to 300'],
    ['AUTH_CLOCK_TOLERANCE_S', '30s', 'expected an integer from 0 to 300'],
  ])('reject %s=%j', (name, value, fault) => {
    expect(faultsOf({ ...SECRET_AUTH, [name]: value })).toEqual([`${name}: ${fault}`]);
  });

  it.each(['0', '59', '604801', '24h'])('reject a key lifetime of %j', (age) => {
    expect(faultsOf({ ...byKeys('https://id.example/jwks'), AUTH_KEYS_MAX_AGE_S: age })).toEqual([
      'AUTH_KEYS_MAX_AGE_S: expected an integer from 60 to 604800',
    ]);
  });

  it('have no key lifetime with a shared secret, and no token rules without tokens', () => {
    expect(faultsOf({ ...SECRET_AUTH, AUTH_KEYS_MAX_AGE_S: '3600' })).toEqual([
      'AUTH_KEYS_MAX_AGE_S: requires AUTH_JWKS_URL',
    ]);
    expect(faultsOf({ AUTH_RIGHTS_CLAIMS: 'roles', AUTH_CLOCK_TOLERANCE_S: '10' })).toEqual([
      'AUTH_RIGHTS_CLAIMS: requires AUTH=jwt',
      'AUTH_CLOCK_TOLERANCE_S: requires AUTH=jwt',
    ]);
  });

  it.each([
    [{ AUTH: 'oidc' }, 'AUTH: expected one of none, jwt'],
    [{ ALLOW_ANONYMOUS: 'yes' }, 'ALLOW_ANONYMOUS: expected one of true, false'],
    [{ TRUSTED_PROXIES: '-1' }, 'TRUSTED_PROXIES: expected an integer from 0 to 32'],
  ])('reject %j', (env, fault) => {
    expect(faultsOf(env)).toEqual([fault]);
  });
});

it('write audit records to a file if configured', () => {
  expect(toConfig({ AUDIT_LOG: '/var/log/audit.log' }).audit).toEqual({
    log: { kind: 'file', path: '/var/log/audit.log' },
  });
});
