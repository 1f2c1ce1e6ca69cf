import { describe, expect, it } from '@jest/globals';
import { createGraphqlClient } from '../../../src/explorer/client/graphql-client.js';
import { InstancesDocument } from '../../../src/explorer/generated/operations.js';

const NOW = Date.parse('2026-01-04T02:00:00Z');
const VARIABLES = { regionId: 'cn-north-1' };

async function answerTo(response: Response | Error, token: string | null = null) {
  const requests: { url: string; init: RequestInit }[] = [];
  const ask = createGraphqlClient({
    endpoint: '/graphql',
    fetch: (url, init = {}) => {
      requests.push({ url: url as string, init });
      return response instanceof Error ? Promise.reject(response) : Promise.resolve(response);
    },
    now: () => NOW,
  });
  const { signal } = new AbortController();
  return { answer: await ask(InstancesDocument, VARIABLES, { token, signal }), requests };
}

const errorsOf = (...errors: unknown[]) => Response.json({ data: null, errors });

describe('a GraphQL request', () => {
  it('carries the document, the variables and the bearer token', async () => {
    const { requests } = await answerTo(Response.json({ data: {} }), 'a.b.c');
    expect(requests).toHaveLength(1);
    const { url, init } = requests[0]!;
    expect(url).toBe('/graphql');
    expect(new Headers(init.headers).get('authorization')).toBe('Bearer a.b.c');
    const { query, variables } = JSON.parse(init.body as string);
    expect(query).toContain('query Instances');
    expect(variables).toEqual(VARIABLES);
  });

  it('carries no token if there is none', async () => {
    const { requests } = await answerTo(Response.json({ data: {} }));
    expect(new Headers(requests[0]!.init.headers).has('authorization')).toBe(false);
  });

  it('that is aborted is not reported as a response', async () => {
    const controller = new AbortController();
    controller.abort();
    const ask = createGraphqlClient({
      endpoint: '/graphql',
      fetch: () => Promise.reject(new Error('aborted')),
      now: () => NOW,
    });
    const question = ask(InstancesDocument, VARIABLES, { token: null, signal: controller.signal });
    await expect(question).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a GraphQL response', () => {
  it('keeps partial data beside an error', async () => {
    const { answer } = await answerTo(
      Response.json({ data: { instances: null }, errors: [{ message: 'x' }] }),
    );
    expect(answer.data).toEqual({ instances: null });
    expect(answer.failures).toHaveLength(1);
  });

  it('exposes code, request id and retry delay of an error', async () => {
    const extensions = { code: 'UPSTREAM_THROTTLED', requestId: 'req-1', retryAfter: 2.2 };
    const { answer } = await answerTo(errorsOf({ message: 'Slow down.', extensions }));
    expect(answer.failures).toEqual([
      {
        code: 'UPSTREAM_THROTTLED',
        detail: 'UPSTREAM_THROTTLED: Slow down.',
        requestId: 'req-1',
        retryAfter: 3,
      },
    ]);
  });

  it.each([
    ['INTERNAL_SERVER_ERROR', 'SERVICE_FAULT'],
    ['QUERY_NOT_IN_SAFELIST', 'OPERATION_REFUSED'],
    ['PERSISTED_QUERY_NOT_IN_LIST', 'OPERATION_REFUSED'],
    ['GRAPHQL_VALIDATION_FAILED', 'OTHER'],
    ['toString', 'OTHER'],
    [7, 'OTHER'],
    [undefined, 'OTHER'],
  ])('with code %j is shown as %s', async (code, shown) => {
    const { answer } = await answerTo(errorsOf({ message: 'x', extensions: { code } }));
    expect(answer.failures.map((failure) => failure.code)).toEqual([shown]);
  });

  it.each([
    ['a page of a gateway', new Response('<html>', { status: 502 }), 'NO_ANSWER'],
    ['an empty body', new Response('', { status: 200 }), 'NO_ANSWER'],
    ['neither data nor errors', Response.json({}), 'NO_ANSWER'],
    ['nothing at all', new TypeError('Failed to fetch'), 'UNREACHABLE'],
  ])('that is %s is an error', async (_what, response, code) => {
    const { answer } = await answerTo(response);
    expect(answer).toMatchObject({ data: null, failures: [{ code }] });
  });

  it.each([
    ['Sun, 04 Jan 2026 02:10:00 GMT', 600_000],
    ['Sun, 04 Jan 2026 01:59:00 GMT', -60_000],
    ['Sun, 04 Jan 2026 02:00:01 GMT', 0],
    ['yesterday', 0],
  ])('dated %s reveals a clock difference of %d ms', async (date, offset) => {
    const { answer } = await answerTo(Response.json({ data: {} }, { headers: { date } }));
    expect(answer.clockOffset).toBe(offset);
  });
});
