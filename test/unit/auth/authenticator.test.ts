import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { KeysUnavailableError, RefusedTokenError } from '../../../src/auth/authentication-error.js';
import { type Authenticate, createAuthenticator } from '../../../src/auth/authenticator.js';
import type { JwtConfig } from '../../../src/auth/verify-token.js';
import type { AuthConfig } from '../../../src/config/config.js';
import { toConfig } from '../../../src/config/to-config.js';
import { EVERYBODY, NOBODY } from '../../../src/domain/caller.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { restoreDate, setDate } from '../../helpers/fake-date.js';
import {
  AUDIENCE,
  claimsOf,
  ISSUER,
  PARTIES,
  SECRET_AUTH,
  secretToken,
  startIssuer,
  type TestIssuer,
  TOKEN_SECRET,
} from '../../helpers/tokens.js';

let log: string[];
const now = () => new Date();
/** Milliseconds pass. */
const pass = (ms: number) => {
  setDate(Date.now() + ms);
};

function authenticator(config: AuthConfig): Authenticate {
  log = [];
  const logger = createLogger('info', { write: (line) => void log.push(line) });
  return createAuthenticator(config, { logger, now });
}

/** A shared-secret configuration with more settings. */
const secretAuth = (env: Record<string, string> = {}) => toConfig({ ...SECRET_AUTH, ...env }).auth;
const bySecret = secretAuth();

const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow;

/** A token with any header and payload, signed with the shared secret. */
function handMade(header: object, payload: unknown = claimsOf()): string {
  const parts = [header, payload].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signature = createHmac('sha256', TOKEN_SECRET).update(parts.join('.')).digest('base64url');
  return [...parts, signature].join('.');
}

it('without authentication every caller has full access, whatever the header', async () => {
  const authenticate = authenticator({ kind: 'none', allowAnonymous: false });
  expect(await authenticate(undefined)).toBe(EVERYBODY);
  expect(await authenticate('Bearer nonsense')).toBe(EVERYBODY);
});

describe('with a shared secret', () => {
  it.each(['HS256', 'HS384', 'HS512'])('a token of %s identifies its caller', async (alg) => {
    const authenticate = authenticator(bySecret);
    const caller = await authenticate(`Bearer ${await secretToken({ sub: 'bob' }, { alg })}`);
    expect(caller).toMatchObject({ id: 'bob', isKnown: true });
    expect(caller.rights.size).toBe(2);
  });

  it('the end of a token is known, with the clock tolerance', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const caller = await authenticator(bySecret)(`Bearer ${await secretToken({ exp })}`);
    const { clockToleranceS } = (bySecret as JwtConfig).tokens;
    expect(caller.expiresAt).toBe((exp + clockToleranceS) * 1000);
  });

  it.each(['bearer', 'BEARER', 'Bearer  '])('the scheme %j is accepted', async (scheme) => {
    const authenticate = authenticator(bySecret);
    expect((await authenticate(`${scheme} ${await secretToken()}`)).id).toBe('alice');
  });

  it('a request without a header comes from a caller without permissions', async () => {
    expect(await authenticator(bySecret)(undefined)).toBe(NOBODY);
  });

  it.each<[string, Record<string, unknown>]>([
    ['exp: passed', { exp: seconds(-61) }],
    ['exp: missing', { exp: null }],
    ['exp: malformed', { exp: '9999999999' }],
    ['nbf: not yet', { nbf: seconds(70) }],
    ['nbf: malformed', { nbf: 'now' }],
    ['iat: malformed', { iat: true }],
    ['sub: missing', { sub: null }],
    ['sub: malformed', { sub: ['alice'] }],
    ['iss: unexpected', { iss: 'https://other.example' }],
    ['iss: unexpected', { iss: `${ISSUER}//` }],
    ['iss: unexpected', { iss: [ISSUER] }],
    ['iss: unexpected', { iss: ISSUER.toUpperCase() }],
    ['iss: unexpected, differs from AUTH_ISSUER by a trailing slash', { iss: `${ISSUER}/` }],
    ['iss: missing', { iss: null }],
    ['aud: unexpected', { aud: 'other' }],
    ['aud: unexpected', { aud: [] }],
    ['aud: unexpected', { aud: { [AUDIENCE]: true } }],
    ['aud: unexpected', { aud: [`${AUDIENCE} other`, AUDIENCE.toUpperCase()] }],
    ['aud: missing', { aud: null }],
    ['aud: missing', { aud: null, client_id: AUDIENCE, azp: AUDIENCE, appid: AUDIENCE }],
    ['regions: malformed', { regions: 'cn-north-1' }],
    ['instances: malformed', { instances: ['*'] }],
  ])('%s rejects a token with %j and keeps the reason for the log', async (reason, claims) => {
    const authenticate = authenticator(bySecret);
    const token = await secretToken(claims);
    const refused = await authenticate(`Bearer ${token}`).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RefusedTokenError);
    expect(refused).toMatchObject({
      message: 'Invalid or expired token; obtain a new one.',
      reason,
    });
    expect(log).toEqual([]);
  });

  it.each([
    ['until half a minute ago', { exp: seconds(-30) }],
    ['from half a minute on', { nbf: seconds(30) }],
    ['for this audience and another', { aud: [AUDIENCE, 'other'] }],
    ['with a typ in its claims', { typ: 'Bearer' }],
    ['for another audience and this', { aud: ['other', AUDIENCE] }],
  ])('a token valid %s is accepted', async (_name, claims) => {
    const token = await secretToken(claims);
    expect((await authenticator(bySecret)(`Bearer ${token}`)).id).toBe('alice');
  });

  it.each<[string, string, () => string | Promise<string>]>([
    ['another secret', 'signature: invalid', () => secretToken({}, { secret: 'A'.repeat(32) })],
    [
      'no signature',
      'alg: not allowed',
      () => `${handMade({ alg: 'none' }).split('.', 2).join('.')}.`,
    ],
    ['the algorithm none', 'alg: not allowed', () => handMade({ alg: 'none' })],
    ['no algorithm', 'token: malformed', () => handMade({})],
    ['an unknown algorithm', 'alg: not allowed', () => handMade({ alg: 'HS257' })],
    ['an algorithm of public keys', 'alg: not allowed', () => handMade({ alg: 'RS256' })],
    [
      'critical extensions',
      'crit: not supported',
      () => handMade({ alg: 'HS256', crit: ['x'], x: 1 }),
    ],
    ['a payload that is a list', 'token: malformed', () => handMade({ alg: 'HS256' }, [])],
    ['a payload that is null', 'token: malformed', () => handMade({ alg: 'HS256' }, null)],
    ['two parts', 'token: malformed', () => 'a.b'],
    ['four parts', 'token: malformed', () => 'a.b.c.d'],
    ['five parts', 'token: malformed', () => 'a.b.c.d.e'],
    ['bytes that are not JSON', 'token: malformed', () => '____.____.____'],
  ])('a token with %s is rejected as %s', async (_name, reason, token) => {
    const attempt = authenticator(bySecret)(`Bearer ${await token()}`);
    await expect(attempt).rejects.toMatchObject({ name: 'RefusedTokenError', reason });
  });

  it.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Bearer a, Bearer b', 'token'])(
    'the header %j is rejected',
    async (header) => {
      await expect(authenticator(bySecret)(header)).rejects.toBeInstanceOf(RefusedTokenError);
    },
  );

  /** The reason for rejecting a token under more settings; null if it is accepted. */
  async function reasonUnder(
    env: Record<string, string>,
    token: string | Promise<string>,
  ): Promise<string | null> {
    const attempt = authenticator(secretAuth(env))(`Bearer ${await token}`);
    return attempt.then(
      () => null,
      (error: unknown) => (error instanceof RefusedTokenError ? error.reason : String(error)),
    );
  }

  it.each<[Record<string, string>, Record<string, unknown>, string | null]>([
    [{ AUTH_CLOCK_TOLERANCE_S: '0' }, { exp: seconds(-1) }, 'exp: passed'],
    [{ AUTH_CLOCK_TOLERANCE_S: '0' }, { nbf: seconds(30) }, 'nbf: not yet'],
    [{ AUTH_CLOCK_TOLERANCE_S: '300' }, { exp: seconds(-290), nbf: seconds(290) }, null],
    [{ AUTH_CLOCK_TOLERANCE_S: '300' }, { nbf: seconds(310) }, 'nbf: not yet'],
    [{ AUTH_CLOCK_TOLERANCE_S: '20' }, { exp: seconds(-30) }, 'exp: passed'],

    [{ AUTH_ISSUER: `https://a.example, ${ISSUER}/ ,${ISSUER}` }, {}, null],
    [{ AUTH_ISSUER: `https://a.example,${ISSUER}` }, { iss: 'https://a.example' }, null],
    [{ AUTH_ISSUER: 'https://a.example,https://b.example' }, {}, 'iss: unexpected'],
    [
      { AUTH_ISSUER: `https://a.example,${ISSUER}/` },
      {},
      'iss: unexpected, differs from AUTH_ISSUER by a trailing slash',
    ],
    [{ AUTH_AUDIENCE: `other,${AUDIENCE}` }, {}, null],
    [{ AUTH_AUDIENCE: `other,${AUDIENCE}` }, { aud: ['x', 'other'] }, null],
    [{ AUTH_AUDIENCE: `other,${AUDIENCE}` }, { aud: `other,${AUDIENCE}` }, 'aud: unexpected'],

    [{ AUTH_AUDIENCE_CLAIM: 'client_id' }, { aud: null, client_id: AUDIENCE }, null],
    [{ AUTH_AUDIENCE_CLAIM: 'client_id' }, { aud: null, client_id: 'x' }, 'client_id: unexpected'],
    [{ AUTH_AUDIENCE_CLAIM: 'client_id' }, { aud: 'x', client_id: AUDIENCE }, 'aud: unexpected'],
    [{ AUTH_AUDIENCE_CLAIM: 'client_id' }, { aud: [], client_id: AUDIENCE }, 'aud: unexpected'],
    [{ AUTH_AUDIENCE_CLAIM: 'client_id' }, { aud: AUDIENCE, client_id: 'x' }, null],
    [{ AUTH_AUDIENCE_CLAIM: 'client_id' }, { aud: null }, 'aud: missing'],
    [{ AUTH_AUDIENCE_CLAIM: 'client_id' }, { aud: null, azp: AUDIENCE }, 'aud: missing'],

    [{ AUTH_REQUIRED_CLAIMS: 'token_use=access' }, { token_use: 'access' }, null],
    [{ AUTH_REQUIRED_CLAIMS: 'token_use=access' }, { token_use: 'id' }, 'token_use: unexpected'],
    [{ AUTH_REQUIRED_CLAIMS: 'token_use=access' }, {}, 'token_use: missing'],
    [{ AUTH_REQUIRED_CLAIMS: 'mfa=true, amr=otp' }, { mfa: true, amr: ['pwd', 'otp'] }, null],
    [{ AUTH_REQUIRED_CLAIMS: 'mfa=true, amr=otp' }, { mfa: true, amr: [] }, 'amr: unexpected'],
    [{ AUTH_REQUIRED_CLAIMS: 'org.id=a=b' }, { org: { id: 'a=b' } }, null],
    [{ AUTH_REQUIRED_CLAIMS: 'tid=t-1' }, { tid: { 't-1': 1 } }, 'tid: unexpected'],

    [{ AUTH_SUBJECT_CLAIM: 'oid' }, { sub: null, oid: 'bob' }, null],
    [{ AUTH_SUBJECT_CLAIM: 'oid' }, {}, 'oid: missing'],
    [{ AUTH_SUBJECT_CLAIM: 'oid' }, { oid: '' }, 'oid: malformed'],
  ])('under %j the verdict on a token with %j is: %s', async (env, claims, reason) => {
    expect(await reasonUnder(env, secretToken(claims))).toBe(reason);
  });

  it.each<[string, unknown, string | null]>([
    ['at+jwt', 'at+jwt', null],
    ['at+jwt', 'application/AT+JWT', null],
    ['application/at+jwt', 'at+jwt', null],
    ['at+jwt', 'JWT', 'typ: unexpected'],
    ['at+jwt', 'at+jwt2', 'typ: unexpected'],
    ['at+jwt', undefined, 'typ: unexpected'],
    ['at+jwt', ['at+jwt'], 'typ: unexpected'],
    ['JWT', 'at+jwt', 'typ: unexpected'],
  ])('with AUTH_TOKEN_TYP=%s the verdict on a token of typ %j is: %s', async (typ, of, reason) => {
    const token = handMade({ alg: 'HS256', typ: of });
    expect(await reasonUnder({ AUTH_TOKEN_TYP: typ }, token)).toBe(reason);
  });
});

describe('with published keys', () => {
  let issuer: TestIssuer;
  let authenticate: Authenticate;

  beforeEach(async () => {
    issuer = await startIssuer();
    authenticate = authenticator(toConfig({ ...PARTIES, AUTH_JWKS_URL: issuer.jwksUrl }).auth);
  });

  afterEach(restoreDate);

  const say = async (token: string | Promise<string>) => authenticate(`Bearer ${await token}`);

  it('tokens identify their callers, and the keys are fetched once', async () => {
    const tokens = await Promise.all(['a', 'b', 'c'].map((sub) => issuer.token({ sub })));
    const callers = await Promise.all(tokens.map(say));
    expect(callers.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(issuer.fetches()).toBe(1);
  });

  it('a token signed with the public key as a secret is rejected', async () => {
    const published = await (await fetch(issuer.jwksUrl)).text();
    const token = await secretToken({}, { secret: published });
    await expect(say(token)).rejects.toThrow(RefusedTokenError);
  });

  it.each([
    ['an error', { status: 500, body: 'out of order' }],
    ['a redirect', { status: 302, body: '' }],
    ['a page', { status: 200, body: '<html>' }],
    ['other JSON', { status: 200, body: '{"keys":"none"}' }],
    ['JSON that is not an object', { status: 200, body: 'null' }],
    ['no key', { status: 200, body: '{"keys":[]}' }],
    ['keys for encryption', { status: 200, body: '{"keys":[{"kty":"RSA","use":"enc"}]}' }],
    ['invalid keys', { status: 200, body: '{"keys":[null]}' }],
    ['too much', { status: 200, body: `{"keys":[],"x":"${'x'.repeat(300_000)}"}` }],
  ])('missing keys, because of %s, are not blamed on the token', async (_name, answer) => {
    issuer.answer(answer);
    await expect(say(issuer.token())).rejects.toThrow(KeysUnavailableError);
    await expect(say(issuer.token())).rejects.toThrow(KeysUnavailableError);
    issuer.answer(null);
    pass(1000);
    expect((await say(issuer.token())).id).toBe('alice');
    await say(issuer.token());
    expect(log.map((line) => JSON.parse(line).msg)).toEqual([
      'tokens cannot be verified',
      'token verification restored',
    ]);
  });

  describe('of several kinds', () => {
    interface Pair {
      readonly privateKey: KeyObject;
      readonly jwk: Record<string, unknown>;
    }
    const pairOf = (bits: number): Pair => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
      return { privateKey, jwk: publicKey.export({ format: 'jwk' }) };
    };
    const [one, other, short] = [pairOf(2048), pairOf(2048), pairOf(1024)];
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const ecJwk = ec.publicKey.export({ format: 'jwk' });

    /** Signed by node:crypto, since jose refuses short keys. */
    function signed({ privateKey }: Pick<Pair, 'privateKey'>, header: object = {}): string {
      const alg = privateKey.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256';
      const [head, body] = [{ alg, ...header }, claimsOf()].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );
      const key = { key: privateKey, dsaEncoding: 'ieee-p1363' as const };
      const signature = sign('sha256', Buffer.from(`${head}.${body}`), key).toString('base64url');
      return `${head}.${body}.${signature}`;
    }

    it.each<[string, unknown[], string]>([
      ['the second of two without kid', [one.jwk, other.jwk], signed(other)],
      ['two with one kid', ids('k', one, other), signed(other, { kid: 'k' })],
      ['a good one beside a malformed one', [{ kty: 'RSA', n: 1 }, one.jwk], signed(one)],
      ['one beside things that are no keys', [null, 'key', 7, [], one.jwk], signed(one)],
      [
        'a malformed one of the same kid',
        [{ kty: 'RSA', kid: 'k' }, ...ids('k', one)],
        signed(one),
      ],
      ['one with key_ops of a pair', [{ ...one.jwk, key_ops: ['sign', 'verify'] }], signed(one)],
      ['one with ext', [{ ...one.jwk, ext: 'true' }], signed(one)],
      [
        'one published with its private half',
        [{ ...one.privateKey.export({ format: 'jwk' }), kid: 'k' }],
        signed(one, { kid: 'k' }),
      ],
      ['a good one beside a short one', [short.jwk, one.jwk], signed(one)],
      ['one beside an encryption key', [{ ...other.jwk, use: 'enc' }, one.jwk], signed(one)],
      ['one beside a key for RSA-OAEP', [{ ...other.jwk, alg: 'RSA-OAEP' }, one.jwk], signed(one)],
      ['an EC key beside others', [one.jwk, { kty: 'oct', k: 'AAAA' }, ecJwk], signed(ec)],
    ])('a token is accepted by %s', async (_what, keys, token) => {
      issuer.answer({ status: 200, body: JSON.stringify({ keys }) });
      expect((await say(token)).id).toBe('alice');
    });

    const many = Array.from({ length: 9 }, () => one.jwk);
    it.each<[string, unknown[], string, string]>([
      ['signed by none of those that fit', [one.jwk, one.jwk], signed(other), 'signature: invalid'],
      ['without kid where too many fit', many, signed(other), 'kid: missing'],
      [
        'of a short key',
        [...ids('s', short), one.jwk],
        signed(short, { kid: 's' }),
        'kid: unusable key',
      ],
      ['of an unknown key', ids('k', one), signed(other, { kid: 'x' }), 'kid: unknown'],
      [
        'by a secret key in the set',
        [one.jwk, { kty: 'oct', k: 'AAAA' }],
        handMade({ alg: 'HS256' }),
        'alg: not allowed',
      ],
    ])('a token %s is refused for its true reason', async (_what, keys, token, reason) => {
      issuer.answer({ status: 200, body: JSON.stringify({ keys }) });
      await expect(say(token)).rejects.toMatchObject({ name: 'RefusedTokenError', reason });
    });

    it('are named in the log once, not with every fetch', async () => {
      const keys = [...ids('s', short), one.jwk];
      issuer.answer({ status: 200, body: JSON.stringify({ keys }) });
      for (let i = 0; i < 3; i += 1) {
        await say(signed(one));
        pass(600_000);
      }
      expect(issuer.fetches()).toBeGreaterThan(2);
      expect(log.map((line) => JSON.parse(line))).toMatchObject([
        { level: 50, reasons: ['an RSA key of 1024 bits; 2048 are required'], count: 1 },
      ]);
    });

    function ids(kid: string, ...pairs: Pair[]): unknown[] {
      return pairs.map(({ jwk }) => ({ ...jwk, kid }));
    }
  });

  it('an unreachable issuer is not blamed on the token', async () => {
    const token = await issuer.token();
    await issuer.close();
    await expect(say(token)).rejects.toThrow(KeysUnavailableError);
  });
});
