import { describe, expect, it } from '@jest/globals';
import { useProduct } from '../helpers/product.js';

const { product } = await useProduct({ env: { LOG_LEVEL: 'trace' } });

const S = 'SECRET';
const PREFLIGHTED: RequestInit = { headers: { 'apollo-require-preflight': 'yes' } };

const STRING =
  'query ($v: String) { backup(id: "a") { downloadURL(fileName: $v) { __typename } } }';
const ENGINE = 'query ($v: DatabaseEngine) { instances(regionId: "r", engine: $v) { totalCount } }';
const FILTER =
  'query ($v: BackupFilter) { backups(regionId: "r", instanceId: "i", filter: $v) { totalCount } }';
const ENTITIES = 'query ($v: [_Any!]!) { _entities(representations: $v) { __typename } }';

/** Requests with a secret in each kind of place, and the expected message. */
const PLACES: readonly [place: string, says: RegExp, query: string, variables?: object][] = [
  ['a String', /"\$v" .*"String"/, STRING, { v: { token: S } }],
  ['a list for a String', /"\$v" .*"String"/, STRING, { v: [S] }],
  [
    'an Int',
    /"\$v" .*"Int"/,
    'query ($v: Int) { backup(id: "a") { downloadURL(expiresIn: $v) { __typename } } }',
    { v: S },
  ],
  ['an ID', /"\$v" .*"ID!"/, 'query ($v: ID!) { backup(id: $v) { id } }', { v: { [S]: S } }],
  [
    'a Boolean',
    /"\$v" .*"Boolean!"/,
    'query ($v: Boolean!) { backup(id: "a") @include(if: $v) { id } }',
    { v: S },
  ],
  ['an enum', /"\$v" .*"DatabaseEngine"/, ENGINE, { v: S }],
  ['an enum, close to a value', /"\$v" .*"DatabaseEngine"/, ENGINE, { v: `MYSQL ${S}` }],
  ['an input type', /"\$v" .*"BackupFilter"/, FILTER, { v: S }],
  ['an unknown field of an input', /"\$v" .*"BackupFilter"/, FILTER, { v: { [S]: S } }],
  ['an enum in an input', /at "v\.type"/, FILTER, { v: { type: S } }],
  ['a String in an input', /at "v\.databaseName"/, FILTER, { v: { databaseName: { at: S } } }],
  ['a DateTime in an input', /at "v\.startedAfter"/, FILTER, { v: { startedAfter: S } }],
  [
    'a value that looks like a place',
    /at "v\.startedAfter"; expected type/,
    FILTER,
    { v: { startedAfter: `x at "${S}"; ` } },
  ],
  [
    'a DateTime',
    /"\$v" .*"DateTime"/,
    'query ($v: DateTime) { backups(regionId: "r", instanceId: "i", filter: { startedAfter: $v }) { totalCount } }',
    { v: S },
  ],
  ['a representation', /"\$v" .*"\[_Any!\]!"/, ENTITIES, { v: [null, S] }],
  ['an invalid representation', /__typename Backup or DatabaseInstance/, ENTITIES, { v: S }],
  ['a __typename', /__typename Backup or DatabaseInstance/, ENTITIES, { v: [{ __typename: S }] }],
  ['a key of a representation', /Invalid id;/, ENTITIES, { v: [{ __typename: 'Backup', id: S }] }],
  [
    'more values than are looked at',
    /"\[Int!\]"|Too many|not valid/,
    'query ($v: [_Any!]!, $w: [Int!]) { _entities(representations: $v) { __typename } backup(id: $w) { id } }',
    { v: [], w: Array.from({ length: 99 }, () => S) },
  ],
  [
    'a literal Int',
    /"Int"/,
    `{ backup(id: "a") { downloadURL(expiresIn: "${S}") { __typename } } }`,
  ],
  [
    'a literal String',
    /"String"/,
    `{ backup(id: "a") { downloadURL(fileName: ${S}) { __typename } } }`,
  ],
  [
    'a literal object',
    /"String"/,
    `{ backup(id: "a") { downloadURL(fileName: { a: "${S}" }) { __typename } } }`,
  ],
  ['a literal list', /"ID"|"ID!"/, `{ backup(id: ["${S}"]) { id } }`],
  [
    'a literal enum',
    /"DatabaseEngine"/,
    `{ instances(regionId: "r", engine: ${S}) { totalCount } }`,
  ],
  [
    'a String for an enum',
    /"DatabaseEngine"/,
    `{ instances(regionId: "r", engine: "${S}") { totalCount } }`,
  ],
  [
    'a literal DateTime',
    /"DateTime"/,
    `{ backups(regionId: "r", instanceId: "i", filter: { startedAfter: "${S}" }) { totalCount } }`,
  ],
  [
    'an enum as a DateTime',
    /"DateTime"/,
    `{ backups(regionId: "r", instanceId: "i", filter: { startedAfter: ${S} }) { totalCount } }`,
  ],
  [
    'a literal in an input',
    /"BackupType"/,
    `{ backups(regionId: "r", instanceId: "i", filter: { type: "${S}" }) { totalCount } }`,
  ],
  [
    'a default value',
    /"Int"/,
    `query ($v: Int = "${S}") { backup(id: "a") { downloadURL(expiresIn: $v) { __typename } } }`,
  ],
  [
    'a default value of an enum',
    /"DatabaseEngine"/,
    `query ($v: DatabaseEngine = ${S}) { instances(regionId: "r", engine: $v) { totalCount } }`,
  ],
  ['an argument of a directive', /"Boolean"/, `{ backup(id: "a") @include(if: "${S}") { id } }`],
  ['an id', /Invalid id;/, `{ backup(id: "${S}") { id } }`],
  ['a region', /Invalid regionId;/, `{ instance(regionId: "../${S}", instanceId: "i") { id } }`],
  [
    'a cursor',
    /`after` is not a valid cursor/,
    `{ backups(regionId: "r", instanceId: "i", after: "${S}") { totalCount } }`,
  ],
  [
    'a Name where none is expected',
    /Unexpected Name|found Name/,
    `{ backup(id: "a") { id } } ${S} { id }`,
  ],
  [
    'a String where none is expected',
    /Unexpected String|found String/,
    `{ backup(id: "a") { "${S}" } }`,
  ],
  [
    'a block String',
    /Unexpected BlockString|found BlockString/,
    `{ backup """${S} "and" more""" }`,
  ],
  ['a number', /Syntax Error/, `{ backup 77${S} }`],
  ['an escape', /Syntax Error: Invalid/, `{ backup(id: "\\u{${S}") }`],
  ['what follows an open string', /Syntax Error/, `{ backup(id: "${S} }`],
  ['an odd character', /Syntax Error/, `{ backup(id: \u0007${S}) }`],
];

describe('a value from the caller is not repeated in the response or the log:', () => {
  it.each(PLACES)('%s', async (_place, says, query, ...[variables]) => {
    const { text, errors } = await product.query(query, { ...variables });
    expect(errors.length).toBeGreaterThan(0);
    for (const { extensions } of errors) expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
    expect(errors[0]?.message).toMatch(says);
    expect(text).not.toContain(S);
    expect(product.log.join('')).not.toContain(S);
  });

  it('such as a variable named like a property of every object', async () => {
    const variables = '{ "__proto__": { "a": 1 }, "constructor": { "prototype": 1 }, "id": "x" }';
    const ask = async (query: string) => {
      const body = `{ "query": ${JSON.stringify(query)}, "variables": ${variables} }`;
      const response = await fetch(`${product.origin}/graphql`, { ...json({}), body });
      return { status: response.status, ...(await response.json()) };
    };
    expect(await ask('{ __typename }')).toEqual({ status: 200, data: { __typename: 'Query' } });
    expect(await ask('query ($__proto__: ID!) { backup(id: $__proto__) { id } }')).toMatchObject({
      status: 400,
      errors: [
        { message: 'The variable name `$__proto__` is not supported; rename the variable.' },
      ],
    });
  });

  it.each<[string, string, RequestInit]>([
    ['the name of an operation', '', json({ query: 'query A { __typename }', operationName: S })],
    ['a body that is no JSON', '', { ...json({}), body: `{"query": ${S}` }],
    ['a body that is a String', '', { ...json({}), body: `"${S}"` }],
    ['a __proto__', '', { ...json({}), body: `{"__proto__": "${S}", "query": "${S}"}` }],
    ['variables that are none', '', json({ query: '{ __typename }', variables: S })],
    ['extensions that are none', '', json({ query: '{ __typename }', extensions: S })],
    [
      'the hash of a query',
      '',
      json({ extensions: { persistedQuery: { version: 1, sha256Hash: S } } }),
    ],
    ['a query that is an object', '', json({ query: { [S]: S } })],
    ['a content type', '', { ...json({}), headers: { 'content-type': `text/${S}` } }],
    [
      'a charset',
      '',
      { ...json({}), headers: { 'content-type': `application/json; charset=${S}` } },
    ],
    ['variables in the address', `?query=%7B__typename%7D&variables=${S}`, PREFLIGHTED],
    ['a query in the address', `?query=${S}`, PREFLIGHTED],
    ['another address', `/${S}`, PREFLIGHTED],
    ['an invalid address', `/%E0%A4%A${S}`, PREFLIGHTED],
    [
      'an accept header',
      '',
      {
        ...json({ query: '{ __typename }' }),
        headers: { 'content-type': 'application/json', accept: `x/${S}` },
      },
    ],
  ])('%s', async (_place, address, init) => {
    const response = await fetch(`${product.origin}/graphql${address}`, init);
    const text = await response.text();
    expect(response.status).toBeGreaterThanOrEqual(200);
    expect(response.status).toBeLessThan(500);
    expect(text).toContain('"errors"');
    expect(text).not.toContain(S);
    expect(product.log.join('')).not.toContain(S);
  });
});

it('an invalid address is distinguished from an invalid body', async () => {
  const response = await fetch(`${product.origin}/%E0%A4%A`);
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    errors: [
      {
        message: 'The URL is not valid percent-encoded UTF-8.',
        extensions: { code: 'BAD_REQUEST' },
      },
    ],
  });
});

it.each([
  ['{ bakup(id: "a") { id } }', 'Cannot query field "bakup" on type "Query".'],
  ['query { backup(id: $x) { id } }', 'Variable "$x" is not defined.'],
  ['{ backup(id: "a", nme: 1) { id } }', 'Unknown argument "nme" on field "Query.backup".'],
  [
    'query ($x: ID!) { backup(id: $x) { id } }',
    'Variable "$x" of required type "ID!" was not provided.',
  ],
])(
  'a name from the caller is repeated, so that a typo can be found: %s',
  async (query, message) => {
    const { errors } = await product.query(query);
    expect(errors[0]?.message).toContain(message);
  },
);

function json(body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}
