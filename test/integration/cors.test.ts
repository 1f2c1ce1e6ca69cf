import { describe, expect, it } from '@jest/globals';
import { useProduct, startProductAt } from '../helpers/product.js';
import { rawRequest } from '../helpers/raw-request.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';

const APP = 'https://app.example';
const VITE = 'http://localhost:5173';
const JSON_TYPE = { 'content-type': 'application/json' };
/** What a browser asks for; tracing tools add headers of their own. */
const ASKED = 'authorization,content-type,sentry-trace,x-whatever-comes-next';
const QUERY = '{"query":"{__typename}"}';

const { product, upstream } = await useProduct({
  env: {
    ...SECRET_AUTH,
    CORS_ORIGINS: `${APP}, ${VITE}`,
  },
});
const closed = await startProductAt(upstream.origin);

/** The response as a page sees it: Node's fetch reads what a browser would withhold. */
async function send(init: RequestInit, to = product, path = '/graphql') {
  const { status, headers } = await fetch(`${to.origin}${path}`, init);
  return { status, headers, cors: corsOf(headers) };
}

const corsOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));

/** The preflight a browser sends before a POST. */
const preflight = (origin: string, to = product, path?: string) =>
  send(
    {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': ASKED,
      },
    },
    to,
    path,
  );

const post = (origin: string, headers: Record<string, string> = {}, body = QUERY) =>
  send({ method: 'POST', headers: { ...JSON_TYPE, origin, ...headers }, body });

const READABLE = {
  'access-control-expose-headers': 'x-request-id, retry-after',
};

describe('a page of a listed origin', () => {
  it.each([APP, VITE])(
    'may send queries, and needs no token for the preflight: %s',
    async (origin) => {
      const { status, headers, cors } = await preflight(origin);
      expect(status).toBe(204);
      expect(headers.get('vary')).toBe('Origin, Access-Control-Request-Headers');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(cors).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET, POST',
        'access-control-max-age': '3600',
      });
      expect(cors['access-control-allow-headers']).toBe(ASKED);
      expect(cors).not.toHaveProperty('access-control-allow-credentials');
    },
  );

  it('can read the response and the request id', async () => {
    const { status, headers, cors } = await post(APP, await bearer({}));
    expect(status).toBe(200);
    expect(headers.get('vary')).toBe('Origin');
    expect(cors).toEqual({ ...READABLE, 'access-control-allow-origin': APP });
  });

  it.each<[number, Record<string, string>, string]>([
    [401, { authorization: 'Bearer a.b.c' }, QUERY],
    [400, {}, '{'],
    [413, {}, `{"x":"${'x'.repeat(600_000)}"}`],
    [415, { 'content-type': 'application/xml' }, QUERY],
    [415, { 'content-encoding': 'br' }, QUERY],
  ])('can read a rejection: %d', async (status, headers, body) => {
    const answer = await post(APP, headers, body);
    expect(answer.status).toBe(status);
    expect(answer.cors).toEqual({ ...READABLE, 'access-control-allow-origin': APP });
    expect(answer.headers.get('vary')).toBe('Origin');
  });

  it('can read that the method is not allowed', async () => {
    const { status, cors } = await send({ method: 'PUT', headers: { origin: APP } });
    expect(status).toBe(405);
    expect(cors['access-control-allow-origin']).toBe(APP);
  });

  it('can call nothing but GraphQL', async () => {
    for (const path of ['/', '/health/live', '/metrics', '/nothing', '/graphqlx']) {
      expect(
        (await send({ headers: { origin: APP }, redirect: 'manual' }, product, path)).cors,
      ).toEqual({});
      const { status, cors } = await preflight(APP, product, path);
      expect({ cors, isRefused: status >= 400 }).toEqual({ cors: {}, isRefused: true });
    }
  });
});

describe('pages of other origins', () => {
  it.each([
    'https://evil.example',
    'null',
    'http://app.example',
    'https://app.example:8443',
    'https://app.example.evil.example',
    'https://APP.example',
    'https://sub.app.example',
    'http://localhost:5174',
    '*',
  ])('are rejected, even if listed origins come along: %s', async (origin) => {
    const asked = await preflight(origin);
    expect(asked).toMatchObject({ status: 405, cors: {} });
    expect(asked.headers.get('vary')).toBe('Origin');
    const answered = await post(origin, await bearer({}));
    expect(answered).toMatchObject({ status: 200, cors: {} });
    expect(answered.headers.get('vary')).toBe('Origin');
  });

  it('get no CORS headers if no origin is listed, nor do requests without an Origin', async () => {
    expect(await preflight(APP, closed)).toMatchObject({ status: 405, cors: {} });
    const { headers, cors } = await send(
      { method: 'POST', headers: JSON_TYPE, body: QUERY },
      closed,
    );
    expect({ vary: headers.get('vary'), cors }).toEqual({ vary: null, cors: {} });
    expect((await send({ method: 'POST', headers: JSON_TYPE, body: QUERY })).cors).toEqual({});
  });
});

it('a listed page has only the rights of this machine without authentication', async () => {
  const open = await startProductAt(upstream.origin, { CORS_ORIGINS: APP });
  const ask = (host: string, origin: string) =>
    rawRequest(
      open.origin,
      `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${QUERY.length}\r\n\r\n${QUERY}`,
    );
  const served = await ask('localhost', APP);
  const rebound = await ask('app.example', APP);
  const other = await ask('localhost', 'https://evil.example');
  expect(served).toMatch(/^HTTP\/1\.1 200 /);
  expect(served).toContain(`access-control-allow-origin: ${APP}`);
  expect(rebound).toMatch(/^HTTP\/1\.1 403 /);
  expect(other).not.toContain('access-control-allow-origin');
});
