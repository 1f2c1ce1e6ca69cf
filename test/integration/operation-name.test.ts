import { describe, expect, it } from '@jest/globals';
import { useProduct } from '../helpers/product.js';

const { product } = await useProduct({ env: { LOG_LEVEL: 'info' } });

async function post(request: object) {
  const { status, text } = await product.post(request);
  return { status, body: JSON.parse(text), line: lastLine() };
}

async function get(parameters: Record<string, string>) {
  const query = new URLSearchParams(parameters).toString();
  const response = await fetch(`${product.origin}/graphql?${query}`, {
    headers: { 'apollo-require-preflight': '1' },
  });
  return { status: response.status, body: await response.json(), line: lastLine() };
}

/** The log entry of the operation without values that differ per request. */
function lastLine() {
  const { time, httpRequestId, durationMs, ...rest } = JSON.parse(product.log.at(-1) ?? '{}');
  expect([typeof time, typeof httpRequestId, typeof durationMs]).not.toContain('undefined');
  return rest;
}

/** The metric lines of operations without counts and durations. */
async function countersOf(): Promise<string[]> {
  const text = await product.metrics();
  return text.match(/^backup_graphql_operations_total\{.*\}/gm) ?? [];
}

const TWO = 'query A { __typename } query B { __typename }';

describe('an empty operationName counts as absent', () => {
  it.each([
    ['a query without a name', '{ __typename }'],
    ['a query with a name', 'query Named { __typename }'],
    ['two operations, which need one', TWO],
    ['a document that is not valid', '{ nothing }'],
    ['a document that does not parse', '{'],
    [
      'a query that costs too much',
      '{ instances(regionId: "r", first: 100) { nodes { backups(first: 100) { nodes { id } } } } }',
    ],
  ])('with %s', async (_what, query) => {
    const leftOut = await post({ query });
    const counters = await countersOf();
    expect(await post({ query, operationName: '' })).toEqual(leftOut);
    expect(await post({ query, operationName: null })).toEqual(leftOut);
    expect(await get({ query, operationName: '' })).toEqual(await get({ query }));
    expect(await countersOf()).toEqual(counters);
  });
});

it.each([' ', 'C', 'a', 'N'.repeat(255)])('any other name must exist: %j', async (name) => {
  const { status, body } = await post({ query: TWO, operationName: name });
  expect(status).toBe(400);
  expect(body.errors[0]).toEqual({
    message: 'Unknown operation of that name.',
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
  });
});
