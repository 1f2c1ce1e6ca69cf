import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK, type JWTVerifyGetKey } from 'jose';
import { KeysUnavailableError } from '../../../src/auth/authentication-error.js';
import { createIssuerKeys, type FetchKeys } from '../../../src/auth/issuer-keys.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { createMetrics } from '../../../src/telemetry/metrics.js';
import { until } from '../../helpers/until.js';
import { restoreDate, setDate } from '../../helpers/fake-date.js';

const MINUTE = 60_000;
const DAY = 86_400_000;

const jwkOf = async (kid: string) => ({
  ...(await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey)),
  kid,
});
const published = { a: await jwkOf('a'), b: await jwkOf('b') };

/** The issuer's behaviour: returns these keys, fails, redirects, or hangs until released. */
let issuer: readonly JWK[] | 'failing' | 'hanging' | { readonly location: string };
let fetches: number;
/** Ends hanging requests. */
let endHanging: (() => void)[];
let clock: number;
/** Milliseconds pass. */
const pass = (ms: number): void => {
  clock += ms;
  setDate(clock);
};
let log: { readonly msg: string; readonly usedUntil?: string }[];
let keys: JWTVerifyGetKey;

const fetchKeys: FetchKeys = async () => {
  fetches += 1;
  if (issuer === 'hanging') await new Promise<void>((end) => endHanging.push(end));
  if (issuer === 'failing' || issuer === 'hanging') return new Response('', { status: 503 });
  if ('location' in issuer) return new Response('', { status: 308, headers: { ...issuer } });
  return Response.json({ keys: issuer });
};

const metrics = createMetrics({ version: '0', isReady: () => true, maxOperationNames: 1 });

beforeEach(() => {
  issuer = [published.a];
  fetches = 0;
  endHanging = [];
  clock = Date.parse('2026-01-01T00:00:00Z');
  setDate(clock);
  log = [];
  keys = createIssuerKeys({
    url: 'https://id.example/jwks',
    maxAgeMs: DAY,
    now: () => new Date(),
    logger: createLogger('info', { write: (line) => void log.push(JSON.parse(line)) }),
    metrics: metrics.tokens,
    fetchKeys,
  });
});

afterAll(restoreDate);

/** `ok`, or the reason why there is no key. */
async function ask(kid: string): Promise<string> {
  try {
    await keys({ alg: 'ES256', kid }, { payload: '', signature: '' });
    return 'ok';
  } catch (error) {
    if (error instanceof KeysUnavailableError) return 'unavailable';
    return (error as { readonly code: string }).code;
  }
}

const UNKNOWN = 'ERR_JWKS_NO_MATCHING_KEY';

describe('keys of a working issuer', () => {
  it('are fetched once for concurrent requests and cached for ten minutes', async () => {
    expect(await Promise.all(['a', 'a', 'a'].map(ask))).toEqual(['ok', 'ok', 'ok']);
    pass(10 * MINUTE - 1);
    expect(await ask('a')).toBe('ok');
    expect(fetches).toBe(1);
  });

  it('are dropped once withdrawn, from the first request after ten minutes', async () => {
    await ask('a');
    issuer = [published.b];
    pass(10 * MINUTE);
    expect(await ask('a')).toBe(UNKNOWN);
    expect(await ask('b')).toBe('ok');
    expect(fetches).toBe(2);
  });

  it('are fetched for an unknown key every 30 s at most', async () => {
    await ask('a');
    issuer = [published.a, published.b];
    for (let i = 0; i < 100; i += 1) expect(await ask('b')).toBe(UNKNOWN);
    expect(fetches).toBe(1);
    pass(30_000);
    expect(await Promise.all(['b', 'b', 'c'].map(ask))).toEqual(['ok', 'ok', UNKNOWN]);
    expect(fetches).toBe(2);
  });

  it('are fetched again if the clock goes back by more than their age', async () => {
    await ask('a');
    pass(-11 * MINUTE);
    expect(await ask('a')).toBe('ok');
    expect(fetches).toBe(2);
  });
});

describe('keys of a failing issuer', () => {
  beforeEach(async () => {
    await ask('a');
    issuer = 'failing';
    pass(11 * MINUTE);
  });

  it('stay in use, do not blame an unknown key on the token, and are rarely fetched', async () => {
    for (let i = 0; i < 100; i += 1) {
      expect(await ask('a')).toBe('ok');
      expect(await ask('b')).toBe('unavailable');
    }
    expect(fetches).toBe(2);
    pass(5000);
    const before = fetches;
    expect(await Promise.all(['a', 'b', 'a', 'b'].map(ask))).toEqual([
      'ok',
      'unavailable',
      'ok',
      'unavailable',
    ]);
    expect(fetches).toBe(before + 1);
  });

  it('expire after a day and recover', async () => {
    pass(DAY - 11 * MINUTE - 1);
    expect(await ask('a')).toBe('ok');
    pass(1);
    expect(await ask('a')).toBe('unavailable');
    pass(1000);
    expect(await ask('a')).toBe('unavailable');
    pass(1000);
    issuer = [published.a];
    expect(await ask('a')).toBe('ok');
    expect(log.map(({ msg, usedUntil }) => [msg, usedUntil])).toEqual([
      ['issuer keys could not be refreshed; using cached keys', '2026-01-02T00:00:00.000Z'],
      ['tokens cannot be verified', undefined],
      ['token verification restored', undefined],
    ]);
  });

  it('are counted, with the time they were fetched', async () => {
    await ask('a');
    const text = await metrics.render();
    expect(text).toMatch(/^backup_graphql_token_key_fetches_total\{outcome="failed"\} [1-9]/m);
    expect(text).toContain(
      `backup_graphql_token_keys_fetched_timestamp_seconds ${(clock - 11 * MINUTE) / 1000}\n`,
    );
  });

  it('are replaced in the background on recovery, rotated ones included', async () => {
    await ask('a');
    issuer = [published.b];
    pass(5000);
    expect(await ask('b')).toBe('ok');
    expect(await ask('a')).toBe(UNKNOWN);
  });

  it('stay in use if it no longer publishes any', async () => {
    issuer = [];
    expect(await ask('a')).toBe('ok');
    expect(await ask('b')).toBe('unavailable');
  });
});

it('keys of a hanging issuer stay in use: only the first requests wait for the one fetch in progress', async () => {
  await ask('a');
  issuer = 'hanging';
  pass(11 * MINUTE);
  const first = [ask('a'), ask('b')];
  await until(() => endHanging.length === 1);
  endHanging[0]!();
  expect(await Promise.all(first)).toEqual(['ok', 'unavailable']);
  pass(1000);
  for (let i = 0; i < 50; i += 1) expect(await ask('a')).toBe('ok');
  expect(fetches).toBe(3);
  const unknown = [ask('b'), ask('b')];
  endHanging[1]!();
  expect(await Promise.all(unknown)).toEqual(['unavailable', 'unavailable']);
  expect(fetches).toBe(3);
});

describe('without keys', () => {
  it('a failure is retried once a second, and other requests fail immediately', async () => {
    issuer = 'failing';
    for (let i = 0; i < 50; i += 1) expect(await ask('a')).toBe('unavailable');
    expect(fetches).toBe(1);
    pass(1000);
    issuer = [published.a];
    expect(await ask('a')).toBe('ok');
    expect(fetches).toBe(2);
  });

  it.each([
    ['https://user:pass@keys.example/v2?key=secret', 'redirects to https://keys.example ('],
    ['/elsewhere', 'redirects ('],
  ])('a redirect to %s is named as such, without the rest', async (location, text) => {
    issuer = { location };
    expect(await ask('a')).toBe('unavailable');
    expect(JSON.stringify(log)).toContain(`AUTH_JWKS_URL ${text}status 308)`);
    expect(JSON.stringify(log)).not.toMatch(/pass|secret/);
  });

  it('an unusable one is named as the reason', async () => {
    issuer = [{ kty: 'EC', crv: 'P-256', kid: 'a', x: 'AA', y: 'AA' }];
    expect(await ask('a')).toBe('unavailable');
    expect(JSON.stringify(log)).toContain('no usable signing key: not a valid public key');
  });
});
