import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createAuthenticator } from '../../src/auth/authenticator.js';
import { toConfig } from '../../src/config/to-config.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { startIssuer } from '../helpers/tokens.js';

type Claims = Readonly<Record<string, unknown>>;

const TENANT = '2f6b1c9e-0d4a-4b7e-9c55-6a1d3f8e7b20';
const API = '7c1e5a90-3b2d-4f68-8a17-d09b6e4c2f31';
const POOL = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_aB3dE5fG7';
const CLIENT = '4k2j6h8g1f3d5s7a9p0o2i4u6y';

/** The values of the placeholders in docs/callers.md for the tokens below. */
const VALUES: Readonly<Record<string, string>> = {
  tenant: TENANT,
  application: API,
  domain: 'example.eu.auth0.com',
  'api identifier': 'https://backups.example.com',
  region: 'eu-central-1',
  pool: 'eu-central-1_aB3dE5fG7',
  'app client': CLIENT,
  host: 'id.example.com',
  realm: 'main',
  client: 'backups.example.com',
};

/** The settings docs/callers.md shows, by issuer. */
const documented = readSettings(readFileSync('docs/callers.md', 'utf8'));

function readSettings(page: string): Record<string, Record<string, string>> {
  const blocks = page.matchAll(/^### (.+)\n\n```ini\n([^]*?)^```/gm);
  return Object.fromEntries(
    [...blocks].map(([, issuer = '', text = '']) => [issuer, settingsOf(text)]),
  );
}

function settingsOf(text: string): Record<string, string> {
  const filled = text.trim().replaceAll(/<([a-z ]+)>/g, (_, name: string) => VALUES[name]!);
  return Object.fromEntries(
    filled.split('\n').map((line): [string, string] => {
      const [name = '', ...value] = line.split('=');
      return [name, value.join('=')];
    }),
  );
}

/** Null removes a default of the helper. */
const NONE = { sub: null, iss: null, aud: null, scope: null };
const iat = Math.floor(Date.now() / 1000);

const entraUser: Claims = {
  ...NONE,
  aud: API,
  iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
  iat,
  nbf: iat,
  azp: '0b6c3e12-aaaa-4444-bbbb-1a2b3c4d5e6f',
  oid: 'oid-of-alice',
  scp: 'backups:read backups:download',
  sub: 'pairwise-of-alice',
  tid: TENANT,
  ver: '2.0',
};
const entraApp: Claims = {
  ...NONE,
  aud: `api://${API}`,
  iss: `https://sts.windows.net/${TENANT}/`,
  iat,
  nbf: iat,
  appid: '0b6c3e12-aaaa-4444-bbbb-1a2b3c4d5e6f',
  oid: 'oid-of-app',
  roles: ['backups:read', 'backups:download'],
  sub: 'oid-of-app',
  tid: TENANT,
  ver: '1.0',
};
const auth0User: Claims = {
  ...NONE,
  iss: 'https://example.eu.auth0.com/',
  sub: 'auth0|6553da60a54af58e29493993',
  aud: ['https://backups.example.com', 'https://example.eu.auth0.com/userinfo'],
  client_id: 'K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja',
  iat,
  scope: 'openid profile',
  permissions: ['backups:read', 'backups:download'],
};
const cognitoUser: Claims = {
  ...NONE,
  sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
  'cognito:groups': ['admins'],
  iss: POOL,
  version: 2,
  client_id: CLIENT,
  token_use: 'access',
  scope: 'openid backups/read backups/download',
  iat,
  username: 'alice',
};
const keycloakUser: Claims = {
  ...NONE,
  iss: 'https://id.example.com/realms/main',
  iat,
  aud: ['backups.example.com', 'account'],
  sub: '36fa0f91-f94d-4a0c-afed-6b7d952e47da',
  typ: 'Bearer',
  azp: 'web-app',
  realm_access: {
    roles: ['offline_access', 'default-roles-main', 'uma_authorization', 'backups:read'],
  },
  resource_access: {
    'backups.example.com': { roles: ['backups:download'] },
    account: { roles: ['manage-account', 'view-profile'] },
  },
  scope: 'openid email profile',
  preferred_username: 'alice',
};

interface Case {
  readonly what: string;
  readonly claims: Claims;
  readonly header?: Claims;
  /** The caller of an accepted token; the logged reason of a rejected one. */
  readonly caller?: string;
  readonly reason?: string;
  /** Whether it grants links; a token without rights is accepted too. */
  readonly grants?: boolean;
}

const RFC9068 = { typ: 'at+jwt' };

const cases: Readonly<Record<string, readonly Case[]>> = {
  'Entra ID': [
    { what: 'of a person', claims: entraUser, caller: 'oid-of-alice', grants: true },
    { what: 'of a program, version 1', claims: entraApp, caller: 'oid-of-app', grants: true },
    {
      what: 'of a program without a role',
      claims: { ...entraApp, roles: null },
      caller: 'oid-of-app',
      grants: false,
    },
    {
      what: 'of another tenant',
      claims: { ...entraUser, iss: 'https://login.microsoftonline.com/9-9/v2.0', tid: '9-9' },
      reason: 'iss: unexpected',
    },
    {
      what: 'for Microsoft Graph',
      claims: { ...entraUser, aud: '00000003-0000-0000-c000-000000000000' },
      reason: 'aud: unexpected',
    },
  ],
  Auth0: [
    {
      what: 'with permissions',
      claims: auth0User,
      header: RFC9068,
      caller: auth0User['sub'] as string,
      grants: true,
    },
    {
      what: 'of a program',
      claims: {
        ...auth0User,
        sub: 'K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja@clients',
        aud: 'https://backups.example.com',
        scope: 'backups:read backups:download',
        permissions: null,
      },
      header: RFC9068,
      caller: 'K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja@clients',
      grants: true,
    },
    {
      what: 'for an ID token',
      claims: { ...auth0User, aud: 'K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja' },
      header: { typ: 'JWT' },
      reason: 'typ: unexpected',
    },
    {
      what: 'without the slash of the issuer',
      claims: { ...auth0User, iss: 'https://example.eu.auth0.com' },
      header: RFC9068,
      reason: 'iss: unexpected, differs from AUTH_ISSUER by a trailing slash',
    },
  ],
  Cognito: [
    {
      what: 'of a person',
      claims: cognitoUser,
      caller: cognitoUser['sub'] as string,
      grants: true,
    },
    {
      what: 'of a program',
      claims: {
        ...NONE,
        sub: CLIENT,
        token_use: 'access',
        scope: 'backups/read backups/download',
        iss: POOL,
        iat,
        version: 2,
        client_id: CLIENT,
      },
      caller: CLIENT,
      grants: true,
    },
    {
      what: 'of another client of the pool',
      claims: { ...cognitoUser, client_id: 'another' },
      reason: 'client_id: unexpected',
    },
    {
      what: 'that is an ID token',
      claims: { ...cognitoUser, client_id: null, aud: CLIENT, token_use: 'id' },
      reason: 'token_use: unexpected',
    },
    {
      what: 'for another, that names this client too',
      claims: { ...cognitoUser, aud: 'another' },
      reason: 'aud: unexpected',
    },
  ],
  Keycloak: [
    {
      what: 'with roles of the realm and of a client',
      claims: keycloakUser,
      caller: keycloakUser['sub'] as string,
      grants: true,
    },
    {
      what: 'with roles of another client',
      claims: {
        ...keycloakUser,
        resource_access: {
          backups: { example: { com: { roles: [] } } },
          account: { roles: ['backups:download'] },
        },
      },
      caller: keycloakUser['sub'] as string,
      grants: false,
    },
    {
      what: 'without the scope basic',
      claims: { ...keycloakUser, sub: null },
      reason: 'sub: missing',
    },
    {
      what: 'that is an ID token',
      claims: { ...keycloakUser, typ: 'ID' },
      reason: 'typ: unexpected',
    },
    {
      what: 'without an audience mapper',
      claims: { ...keycloakUser, aud: 'account' },
      reason: 'aud: unexpected',
    },
    {
      what: 'of another realm',
      claims: { ...keycloakUser, iss: 'https://id.example.com/realms/test' },
      reason: 'iss: unexpected',
    },
  ],
};

const issuer = await startIssuer('RS256');

it('every documented issuer is tested, and no other', () => {
  expect(Object.keys(documented)).toEqual(Object.keys(cases));
  for (const settings of Object.values(documented)) {
    expect(toConfig({ AUTH: 'jwt', ...settings }).auth).toMatchObject({
      keys: { kind: 'jwks', url: settings['AUTH_JWKS_URL'] },
    });
  }
});

describe.each(Object.entries(cases))('a token of %s', (name, tokens) => {
  const { auth } = toConfig({ AUTH: 'jwt', ...documented[name], AUTH_JWKS_URL: issuer.jwksUrl });
  const authenticate = createAuthenticator(auth, { logger: createLogger('silent') });

  it.each(tokens)('$what', async ({ claims, header, caller, reason, grants }) => {
    const answer = authenticate(`Bearer ${await issuer.token(claims, header)}`);

    if (reason !== undefined) return expect(answer).rejects.toMatchObject({ reason });
    const { id, rights } = await answer;
    expect(id).toBe(caller);
    expect(rights.has('backups:download')).toBe(grants);
  });
});
