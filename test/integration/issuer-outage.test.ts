import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { createAuthenticator } from '../../src/auth/authenticator.js';
import { createRefusals } from '../../src/auth/refusals.js';
import { toConfig } from '../../src/config/to-config.js';
import type { Caller } from '../../src/domain/caller.js';
import { CALLER, createAdmission } from '../../src/http/admission.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { restoreDate, setDate } from '../helpers/fake-date.js';
import { PARTIES, startIssuer, type TestIssuer } from '../helpers/tokens.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const REAL_NOW = Date.now();

let issuer: TestIssuer;
let http: FastifyInstance;
let origin: string;
let log: string[];
/** Milliseconds. */
let clock: number;

function pass(ms: number, from = clock): void {
  clock = from + ms;
  setDate(clock);
}

const metrics = createMetrics({ version: '0', isReady: () => true, maxOperationNames: 1 });

beforeEach(async () => {
  issuer = await startIssuer();
  pass(0, REAL_NOW);
  log = [];
  const logger = createLogger('info', { write: (line) => void log.push(line) });
  const { auth } = toConfig({ ...PARTIES, AUTH_JWKS_URL: issuer.jwksUrl });
  const authenticate = createAuthenticator(auth, {
    logger,
    metrics: metrics.tokens,
    now: () => new Date(),
  });
  const refusals = createRefusals({ logger, metrics: metrics.tokens });
  http = Fastify();
  http.decorateRequest(CALLER, null);
  http.get(
    '/',
    { onRequest: createAdmission({ authenticate, refusals, localHost: null }) },
    (request) => ({
      caller: request.getDecorator<Caller>(CALLER).id,
    }),
  );
  origin = await http.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  restoreDate();
  await http.close();
});

async function statusOf(token: string): Promise<number> {
  const response = await fetch(origin, { headers: { authorization: `Bearer ${token}` } });
  if (response.status === 503) expect(response.headers.get('retry-after')).toBe('5');
  await response.arrayBuffer();
  return response.status;
}

/** Two days ahead; the hours of a test pass on its own clock only. */
const exp = Math.floor(REAL_NOW / 1000) + 48 * 3600;

const KEPT = 'issuer keys could not be refreshed; using cached keys';

const messages = () => log.map((line) => JSON.parse(line).msg);

describe.each([
  [
    'answers 503',
    () => {
      issuer.answer({ status: 503, body: '' });
    },
  ],
  [
    'answers a page',
    () => {
      issuer.answer({ status: 200, body: '<html>' });
    },
  ],
  [
    'redirects',
    () => {
      issuer.answer({ status: 307, body: '' });
    },
  ],
  [
    'publishes no key',
    () => {
      issuer.answer({ status: 200, body: '{"keys":[]}' });
    },
  ],
  [
    'hangs',
    () => {
      issuer.hang();
    },
  ],
])('while the issuer %s', (_name, fail) => {
  it('known keys are accepted for a day, unknown ones get 503, forged tokens 401', async () => {
    const known = await issuer.token({ exp });
    const forged = `${known.slice(0, -6)}AAAAAA`;
    expect(await statusOf(known)).toBe(200);

    await issuer.rotate();
    const unknown = await issuer.token({ exp });
    fail();
    pass(11 * MINUTE);
    expect(await statusOf(known)).toBe(200);
    expect(await statusOf(forged)).toBe(401);
    expect(await statusOf(unknown)).toBe(503);
    pass(12 * HOUR);
    for (let i = 0; i < 10; i += 1) {
      expect(await statusOf(known)).toBe(200);
      expect(await statusOf(forged)).toBe(401);
    }
    pass(12 * HOUR);
    expect(await statusOf(known)).toBe(503);
    expect(await statusOf(forged)).toBe(503);

    issuer.answer(null);
    pass(5000);
    expect(await statusOf(unknown)).toBe(200);
    // A withdrawn key is no longer accepted.
    expect(await statusOf(known)).toBe(401);
    // One line per change, whatever the number of requests.
    const [kept] = log.filter((line) => line.includes(KEPT));
    expect(messages().filter((msg) => msg !== 'token refused')).toEqual([
      KEPT,
      'tokens cannot be verified',
      'token verification restored',
    ]);
    expect(JSON.parse(kept!)).toMatchObject({
      level: 40,
      usedUntil: new Date(REAL_NOW + 24 * HOUR).toISOString(),
    });
  });
});

it('metrics show the age of the keys and failed fetches', async () => {
  await statusOf(await issuer.token());
  issuer.answer({ status: 503, body: '' });
  pass(11 * MINUTE);
  await statusOf(await issuer.token());
  const text = await metrics.render();
  expect(text).toMatch(/^backup_graphql_token_key_fetches_total\{outcome="failed"\} [1-9]/m);
  expect(text).toContain(
    `backup_graphql_token_keys_fetched_timestamp_seconds ${REAL_NOW / 1000}\n`,
  );
});

it('a set without a usable key is not blamed on the token', async () => {
  const token = await issuer.token();
  const jwk = { kty: 'EC', crv: 'P-256', kid: '1', alg: 'ES256', x: 'AA', y: 'AA' };
  issuer.answer({ status: 200, body: JSON.stringify({ keys: [jwk] }) });
  for (let i = 0; i < 3; i += 1) expect(await statusOf(token)).toBe(503);
  expect(messages()).toEqual(['tokens cannot be verified']);
  expect(log.join()).toContain('no usable signing key: not a valid public key');
});

it.each([
  [
    'https://user:pass@keys.example/v2?key=secret',
    'redirects to https://keys.example (status 308)',
  ],
  ['/elsewhere', 'redirects (status 308)'],
])('a redirected address of the keys is named as such, without the rest: %s', async (to, text) => {
  issuer.answer({ status: 308, body: '', headers: { location: to } });
  expect(await statusOf(await issuer.token())).toBe(503);
  expect(log.join()).toContain(`AUTH_JWKS_URL ${text}`);
  expect(log.join()).not.toMatch(/pass|secret/);
});
