import { describe, expect, it } from '@jest/globals';
import { useProduct, startProductAt } from '../helpers/product.js';
import { repeat } from '../helpers/query-shapes.js';
import { SECRET_AUTH } from '../helpers/tokens.js';

const { product, upstream } = await useProduct({ env: { ...SECRET_AUTH, LOG_LEVEL: 'info' } });

async function send(request: object, served = product) {
  const logged = served.log.length;
  const answer = await served.post(request);
  const log = served.log.slice(logged).join('');
  return { ...answer, log };
}

const entities = (count: number) => ({
  r: Array.from({ length: count }, (_, i) => ({ __typename: 'Backup', id: `r/i/b-${i}` })),
});
const named = (alias: string) =>
  `query ($r: [_Any!]!) { ${alias}: _entities(representations: $r) { __typename } }`;

const TOO_LONG = 'The query is too long; the limit is 65536 characters.';
const NAME_TOO_LONG = 'A name in the query is too long; the limit is 255 characters.';

describe('a request is rejected before it is parsed, with a short message that repeats nothing', () => {
  it.each<[what: string, message: string, request: object]>([
    [
      'an alias of 256 characters over 500 representations',
      NAME_TOO_LONG,
      { query: named('a'.repeat(256)), variables: entities(500) },
    ],
    ['a comment of 500 KB', TOO_LONG, { query: `#${'x'.repeat(500_000)}\n{ __typename }` }],
    [
      'a long operationName',
      'operationName is too long; the limit is 255 characters.',
      { query: '{ __typename }', operationName: 'N'.repeat(300_000) },
    ],
    [
      'the long name of a variable',
      'A variable name is too long; the limit is 255 characters.',
      { query: '{ __typename }', variables: { ['v'.repeat(300_000)]: 1 } },
    ],
  ])('%s: %s', async (_what, message, request) => {
    const { status, text, log } = await send(request);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({
      errors: [{ message, extensions: { code: 'QUERY_TOO_COMPLEX' } }],
    });
    expect(log.length).toBeLessThan(1000);
  });

  it('over GET too', async () => {
    const query = encodeURIComponent(`{ ${'a'.repeat(300)}: __typename }`);
    const response = await fetch(`${product.origin}/graphql?query=${query}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(NAME_TOO_LONG);
  });

  it('as set by MAX_QUERY_LENGTH', async () => {
    const limited = await startProductAt(upstream.origin, { MAX_QUERY_LENGTH: '20' });
    const answers = [
      await send({ query: '{ __typename }'.padEnd(20) }, limited),
      await send({ query: '{ __typename }'.padEnd(21) }, limited),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    expect(answers[1]?.text).toContain('the limit is 20 characters');
  });
});

describe('a document or variables with hundreds of faults get only the first few errors', () => {
  const long = 'n'.repeat(250);
  it.each<[what: string, request: object]>([
    [
      'fields that do not exist',
      { query: `{ ${repeat(400, (i) => `${long}${i}`)} }`.slice(0, 65_000) },
    ],
    [
      'fields in conflict',
      {
        query: `{ ${repeat(8, (i) => `b: backup(id: "${i}") { ${repeat(30, (j) => `x: ${['id', 'name', 'status'][j % 3]!}`)} }`)} }`,
      },
    ],
    [
      'fragments in a ring',
      {
        query: `{ ...F0 } ${repeat(150, (i) => `fragment F${i} on Query { ...F${(i + 1) % 150} }`)}`,
      },
    ],
    [
      'variables of a wrong type',
      {
        query: `query ($${long}: [Int!]) { backups(regionId: "r", instanceId: "i", first: $${long}) { totalCount } }`,
        variables: { [long]: Array.from({ length: 5000 }, () => 'x'.repeat(50)) },
      },
    ],
    [
      'values in a list that are null',
      {
        query: `query ($${long}: [_Any!]!) { _entities(representations: $${long}) { __typename } }`,
        variables: { [long]: Array.from({ length: 5000 }, () => null) },
      },
    ],
    [
      'variables that are not given',
      {
        query: `query (${repeat(200, (i) => `$v${i}: ID!`)}) { ${repeat(200, (i) => `backup(id: $v${i}) { id }`)} }`,
      },
    ],
  ])('%s', async (_what, request) => {
    const { status, text, errors, log } = await send(request);
    expect(status).toBe(400);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(21);
    expect(text.length).toBeLessThan(16_000);
    expect(log.length).toBeLessThan(1000);
  });
});

it('values nested as deeply as a body allows get an ordinary response', async () => {
  const deep = `${'['.repeat(250_000)}${']'.repeat(250_000)}`;
  const ask = (query: string, variables: string) =>
    product.post(`{"query":${JSON.stringify(query)},"variables":${variables}}`);
  const answers = [
    await ask(
      'query ($a: Int) { __type(name: "x") { fields(includeDeprecated: $a) { name } } }',
      `{"a":${deep}}`,
    ),
    await ask('query ($id: ID!) { backup(id: $id) { id } }', `{"id":${deep}}`),
    await ask(named('a'), `{"r":[{"__typename":"Backup","id":${deep}}]}`),
    await ask(
      `query ($a: ${'['.repeat(150)}Int${']'.repeat(150)}) { __typename @include(if: $a) }`,
      `{"a":${deep}}`,
    ),
    await ask('{ __typename }', `{"unused":${deep}}`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 200, 400, 200]);
  for (const { text } of answers) {
    expect(text).not.toMatch(/call stack|INTERNAL_SERVER_ERROR/);
    expect(text.length).toBeLessThan(2000);
  }
});
