import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/closing.js';
import { type Product, startProductAt } from '../helpers/product.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { backupRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const BODY = 'query Name($id: ID!) { backup(id: $id) { name } }';
const LINK =
  'query Link($id: ID!) { backup(id: $id) { downloadURL(fileName: "shop.bak") { __typename } } }';
const SDL_AND_MORE =
  'query A { _service { sdl } } query B { instance(regionId: "r", instanceId: "i") { id } }';
const HASH = createHash('sha256').update(BODY).digest('hex');
const variables = { id: `${REGION}/${SQL_INSTANCE}/b-1` };

const dir = temporaryFolder();
const upstream = await startScriptedUpstream({ backups: [backupRow({ backupId: 'b-1' })] });
const product = await startWith({
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [
    { id: 'name-1', name: 'Name', type: 'query', body: BODY },
    { id: 'link-1', name: 'Link', type: 'query', body: LINK },
  ],
});

async function startWith(list: unknown): Promise<Product> {
  const file = join(dir, `${String(Math.random())}.json`);
  await writeFile(file, typeof list === 'string' ? list : JSON.stringify(list));
  return startProductAt(upstream.origin, { PERSISTED_OPERATIONS: file });
}

async function ask(request: object, served = product) {
  const { status, text } = await served.post(request);
  return { status, ...JSON.parse(text) };
}

const byHash = (sha256Hash: unknown) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
});

describe('a listed operation runs', () => {
  it.each<[string, object]>([
    ['by the id of the list', byHash('name-1')],
    ['by its hash', byHash(HASH)],
    ['by documentId', { documentId: HASH }],
    ['by documentId, as GraphQL over HTTP writes it', { documentId: `sha256:${HASH}` }],
    ['by documentId beside an empty query', { query: '', documentId: HASH }],
    ['by its exact text', { query: BODY }],
    ['by its text and hash', { query: BODY, ...byHash(HASH) }],
    ['by name of the operation', { query: BODY, operationName: 'Name' }],
  ])('%s', async (_how, request) => {
    const { status, data } = await ask({ ...request, variables });
    expect({ status, data }).toEqual({ status: 200, data: { backup: { name: 'nightly' } } });
  });

  it('by its hash over GET, unless it selects links', async () => {
    const over = async (id: string) => {
      const query = new URLSearchParams({
        extensions: JSON.stringify({ persistedQuery: { version: 1, sha256Hash: id } }),
        variables: JSON.stringify(variables),
      });
      const init = { headers: { 'apollo-require-preflight': 'yes' } };
      return (await fetch(`${product.origin}/graphql?${query.toString()}`, init)).status;
    };
    expect([await over('name-1'), await over('link-1')]).toEqual([200, 405]);
  });

  it('from a list with a byte order mark', async () => {
    const served = await startWith(`\uFEFF${JSON.stringify({ [HASH]: BODY })}`);
    const { data } = await ask({ documentId: HASH, variables }, served);
    expect(data).toEqual({ backup: { name: 'nightly' } });
  });
});

async function expectRefusal(request: object, code: string): Promise<void> {
  const { status, data, errors } = await ask(request);
  expect({ status, data, codes: errors.map((error: any) => error.extensions.code) }).toEqual({
    status: 400,
    data: undefined,
    codes: [code],
  });
  expect(upstream.calls()).toHaveLength(0);
}

describe('any other operation is rejected', () => {
  it.each<[string, object]>([
    ['another text', { query: '{ backup(id: "r/i/b") { id } }' }],
    ['the text with a space more', { query: `${BODY} ` }],
    ['a text that is listed by hash only', { query: `${BODY}#`, ...byHash(HASH) }],
    ['a text that is none', { query: '{{{' }],
    ['introspection', { query: '{ __schema { queryType { name } } }' }],
    ['a property of every object', { query: '{ constructor }' }],
    ['the SDL beside a field', { query: '{ _service { sdl } backup(id: "r/i/b") { id } }' }],
    ['the SDL beside an operation', { query: SDL_AND_MORE, operationName: 'B' }],
    ['the SDL under an alias', { query: '{ a: _service { sdl } }' }],
    ['the SDL under many', { query: '{ a: _service { sdl } b: _service { sdl } }' }],
    ['the SDL with a directive', { query: '{ _service @include(if: true) { sdl } }' }],
    ['the SDL with variables', { query: 'query ($a: Int) { _service { sdl } }' }],
    ['the SDL in a fragment', { query: '{ ...{ _service { sdl } } }' }],
    ['the SDL by a mutation', { query: 'mutation { _service { sdl } }' }],
    ['the SDL by another name', { query: 'query A { _service { sdl } }', operationName: 'B' }],
  ])('%s', (_what, request) => expectRefusal(request, 'QUERY_NOT_IN_SAFELIST'));

  it.each<[string, object]>([
    ['an unknown hash', byHash('0'.repeat(64))],
    ['a hash that is not text', byHash({ a: 1 })],
    ['the name of a property', byHash('__proto__')],
    ['an unknown documentId', { documentId: 'x' }],
    ['nothing', { variables: {} }],
  ])('%s', (_what, request) => expectRefusal(request, 'PERSISTED_QUERY_NOT_IN_LIST'));
});

it.each<[what: string, request: object]>([
  ['as short as can be', { query: '{_service{sdl}}' }],
  [
    'of routers',
    {
      query: 'query SubgraphIntrospectQuery {\n    # eslint\n    _service {\n        sdl\n    }\n}',
    },
  ],
  ['of gateways', { query: 'query __ApolloGetServiceDefinition__ { _service { sdl } }' }],
  ['with a comment of 500 KB', { query: `#${'x'.repeat(500_000)}\n{ _service { sdl } }` }],
  ['with commas and a BOM', { query: '\ufeff,,{ \t\n,_service,{,sdl,__typename,}},,' }],
  ['with a long name', { query: `query ${'N'.repeat(100_000)} { _service { sdl } }` }],
  ['with its name', { query: 'query Q { __typename _service { sdl } }', operationName: 'Q' }],
  ['with an empty operationName', { query: '{ _service { sdl } }', operationName: '' }],
])('composition gets the SDL by a document %s, whose name is no label', async (_what, request) => {
  const logged = product.log.length;
  const { status, data } = await ask(request);
  expect(status).toBe(200);
  expect(data._service.sdl).toContain('type Query');
  const line = JSON.parse(product.log.slice(logged).at(-1) ?? '{}');
  expect(line).toMatchObject({ msg: 'operation', type: 'query' });
  expect(line.operation).toBeUndefined();
  expect(await product.metrics()).not.toMatch(/operation="(Q|N+|__Apollo\w+)"/);
});

it.each([
  ['{', /PERSISTED_OPERATIONS: it is not valid JSON/],
  ['{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}', /version 1/],
  ['[]', /documents by id/],
])('an invalid list stops the start: %s', async (list, message) => {
  await expect(startWith(list)).rejects.toThrow(message);
});

it('persisted queries are not stored without a list', async () => {
  const open = await startProductAt(upstream.origin);
  const { errors } = await ask({ query: BODY, variables, ...byHash(HASH) }, open);
  expect(errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
});
