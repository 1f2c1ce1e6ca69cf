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
      issuer: SECRET_AUTH.AUTH_ISSUER,
      audience: SECRET_AUTH.AUTH_AUDIENCE,
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
