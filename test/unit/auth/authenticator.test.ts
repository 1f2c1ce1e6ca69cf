import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { KeysUnavailableError, RefusedTokenError } from '../../../src/auth/authentication-error.js';
import { type Authenticate, createAuthenticator } from '../../../src/auth/authenticator.js';
import type { AuthConfig } from '../../../src/config/config.js';
import { Secret } from '../../../src/config/secret.js';
import { EVERYBODY, NOBODY } from '../../../src/domain/caller.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import {
  AUDIENCE,
  claimsOf,
  ISSUER,
  secretToken,
  startIssuer,
  type TestIssuer,
  TOKEN_SECRET,
} from '../../helpers/tokens.js';

let log: string[];
const now = () => new Date();

function authenticator(config: AuthConfig): Authenticate {
  log = [];
  const logger = createLogger('info', { write: (line) => void log.push(line) });
  return createAuthenticator(config, { logger, now });
}

const bySecret: AuthConfig = {
  kind: 'jwt',
  keys: { kind: 'secret', secret: new Secret(TOKEN_SECRET) },
  issuer: ISSUER,
  audience: AUDIENCE,
};

const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow;

/** A token of any header and payload, signed by hand with the shared secret. */
function handMade(header: object, payload: unknown = claimsOf()): string {
  const parts = [header, payload].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signature = createHmac('sha256', TOKEN_SECRET).update(parts.join('.')).digest('base64url');
  return [...parts, signature].join('.');
}

describe('without callers', () => {
  it('everybody has all rights, whatever the header says', async () => {
    const authenticate = authenticator({ kind: 'none', allowAnonymous: false });
    expect(await authenticate(undefined)).toBe(EVERYBODY);
    expect(await authenticate('Bearer nonsense')).toBe(EVERYBODY);
  });
});

describe('by a shared secret', () => {
  it.each(['HS256', 'HS384', 'HS512'])('a token of %s tells its caller', async (alg) => {
    const authenticate = authenticator(bySecret);
    const caller = await authenticate(`Bearer ${await secretToken({ sub: 'bob' }, { alg })}`);
    expect(caller).toMatchObject({ id: 'bob', isKnown: true });
    expect(caller.rights.size).toBe(2);
  });

  it.each(['bearer', 'BEARER', 'Bearer  '])('the scheme may be written %j', async (scheme) => {
    const authenticate = authenticator(bySecret);
    expect((await authenticate(`${scheme} ${await secretToken()}`)).id).toBe('alice');
  });

  it('no header is a caller without rights', async () => {
    expect(await authenticator(bySecret)(undefined)).toBe(NOBODY);
  });

  it.each<[string, Record<string, unknown>]>([
    ['ERR_JWT_EXPIRED', { exp: seconds(-6) }],
    ['ERR_JWT_CLAIM_VALIDATION_FAILED', { nbf: seconds(60) }],
    ['ERR_JWT_CLAIM_VALIDATION_FAILED', { exp: null }],
    ['ERR_JWT_CLAIM_VALIDATION_FAILED', { sub: null }],
    ['ERR_JWT_CLAIM_VALIDATION_FAILED', { iss: 'https://other.example' }],
    ['ERR_JWT_CLAIM_VALIDATION_FAILED', { iss: null }],
    ['ERR_JWT_CLAIM_VALIDATION_FAILED', { aud: 'other' }],
    ['ERR_JWT_CLAIM_VALIDATION_FAILED', { aud: null }],
    ['malformed claim regions', { regions: 'cn-north-1' }],
  ])('%s refuses a token with %j, and tells why to the log alone', async (reason, claims) => {
    const authenticate = authenticator(bySecret);
    const token = await secretToken(claims);
    const refused = await authenticate(`Bearer ${token}`).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RefusedTokenError);
    expect(refused).toMatchObject({ message: 'The token is not valid.', reason });
    expect(log).toEqual([]);
  });

  it.each([
    ['a second past', { exp: seconds(-2) }],
    ['a second ahead', { nbf: seconds(2) }],
    ['one of several audiences', { aud: ['other', AUDIENCE] }],
  ])('accepts what is %s', async (_name, claims) => {
    const token = await secretToken(claims);
    expect((await authenticator(bySecret)(`Bearer ${token}`)).id).toBe('alice');
  });

  it.each<[string, () => string | Promise<string>]>([
    ['another secret', () => secretToken({}, { secret: TOKEN_SECRET.toUpperCase() })],
    ['no signature', () => `${handMade({ alg: 'none' }).split('.').slice(0, 2).join('.')}.`],
    ['the algorithm none', () => handMade({ alg: 'none' })],
    ['no algorithm', () => handMade({})],
    ['an algorithm that is none', () => handMade({ alg: 'HS257' })],
    ['an algorithm of public keys', () => handMade({ alg: 'RS256' })],
    ['critical extensions', () => handMade({ alg: 'HS256', crit: ['x'], x: 1 })],
    ['a payload that is a list', () => handMade({ alg: 'HS256' }, [])],
    ['a payload that is null', () => handMade({ alg: 'HS256' }, null)],
    ['an expiry that is a text', () => handMade({ alg: 'HS256' }, claimsOf({ exp: '9999999999' }))],
    ['a subject that is a list', () => handMade({ alg: 'HS256' }, claimsOf({ sub: ['alice'] }))],
    ['two parts', () => 'a.b'],
    ['four parts', () => 'a.b.c.d'],
    ['five parts', () => 'a.b.c.d.e'],
    ['bytes that are no JSON', () => '____.____.____'],
  ])('refuses a token with %s', async (_name, token) => {
    const attempt = authenticator(bySecret)(`Bearer ${await token()}`);
    await expect(attempt).rejects.toBeInstanceOf(RefusedTokenError);
  });

  it.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Bearer a, Bearer b', 'token'])(
    'refuses the header %j',
    async (header) => {
      await expect(authenticator(bySecret)(header)).rejects.toBeInstanceOf(RefusedTokenError);
    },
  );

  it('refuses a token whose signature was changed', async () => {
    const token = await secretToken();
    const last = token.length - 2;
    const changed =
      token.slice(0, last) + (token[last] === 'A' ? 'B' : 'A') + token.slice(last + 1);
    const attempt = authenticator(bySecret)(`Bearer ${changed}`);
    await expect(attempt).rejects.toBeInstanceOf(RefusedTokenError);
  });
});

describe('by published keys', () => {
  let issuer: TestIssuer;
  let authenticate: Authenticate;

  beforeEach(async () => {
    issuer = await startIssuer();
    const keys = { kind: 'jwks', url: issuer.jwksUrl } as const;
    authenticate = authenticator({ ...bySecret, keys });
  });

  afterEach(() => issuer.close());

  const say = async (token: string | Promise<string>) => authenticate(`Bearer ${await token}`);

  it('tokens tell their callers, and the keys are fetched once', async () => {
    const tokens = await Promise.all(['a', 'b', 'c'].map((sub) => issuer.token({ sub })));
    const callers = await Promise.all(tokens.map(say));
    expect(callers.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(issuer.fetches()).toBe(1);
  });

  it('a key that is not published refuses, and asking for it again waits', async () => {
    const other = await startIssuer();
    await other.rotate();
    const token = await other.token();
    await other.close();
    await say(issuer.token());
    for (let i = 0; i < 5; i += 1) await expect(say(token)).rejects.toThrow(RefusedTokenError);
    expect(issuer.fetches()).toBe(1);
  });

  it('a new key is found once some time has passed, and the old one is forgotten', async () => {
    const old = await issuer.token();
    await say(old);
    await issuer.rotate();
    await expect(say(issuer.token())).rejects.toThrow(RefusedTokenError);
    const later = Date.now() + 31_000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(later);
    try {
      expect((await say(issuer.token())).id).toBe('alice');
      await expect(say(old)).rejects.toThrow(RefusedTokenError);
    } finally {
      clock.mockRestore();
    }
    expect(issuer.fetches()).toBe(2);
  });

  it('a secret is no key: a token signed with what is published is refused', async () => {
    const published = await (await fetch(issuer.jwksUrl)).text();
    const token = await secretToken({}, { secret: published });
    await expect(say(token)).rejects.toThrow(RefusedTokenError);
  });

  it.each([
    ['an error', { status: 500, body: 'out of order' }],
    ['a redirect', { status: 302, body: '' }],
    ['a page', { status: 200, body: '<html>' }],
    ['other JSON', { status: 200, body: '{"keys":"none"}' }],
  ])('keys that cannot be had, by %s, are not the fault of the token', async (_name, answer) => {
    issuer.answer(answer);
    await expect(say(issuer.token())).rejects.toThrow(KeysUnavailableError);
    await expect(say(issuer.token())).rejects.toThrow(KeysUnavailableError);
    issuer.answer(null);
    expect((await say(issuer.token())).id).toBe('alice');
    await say(issuer.token());
    expect(log.map((line) => JSON.parse(line).msg)).toEqual([
      'tokens cannot be checked',
      'tokens can be checked again',
    ]);
  });

  it('an issuer that is not there is not the fault of the token', async () => {
    const token = await issuer.token();
    await issuer.close();
    await expect(say(token)).rejects.toThrow(KeysUnavailableError);
    issuer = await startIssuer();
  });
});
