import { beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { startProductAt } from '../helpers/product.js';
import { ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { backupRow, instanceRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const ID = `${REGION}/${SQL_INSTANCE}/b-1`;
const LINK_QUERY = `{ backup(id: "${ID}") { downloadURL(fileName: "shop.bak") { __typename ... on DownloadLink { publicURL } } } }`;
const JSON_TYPE = { 'content-type': 'application/json' };
const PREFLIGHTED = { 'apollo-require-preflight': 'yes' };

const upstream = await startScriptedUpstream({
  backups: [backupRow({ backupId: 'b-1' })],
  instances: [instanceRow()],
});
const env = { UPSTREAM_MAX_RETRIES: '0' };
const product = await startProductAt(upstream.origin, env);
const production = await startProductAt(upstream.origin, { ...env, NODE_ENV: 'production' });

beforeEach(() => {
  upstream.handle(
    'describeBackupDownloadURL',
    ok({ publicURL: 'https://oss.example/k', internalURL: '' }),
  );
});

async function send(address: string, init?: RequestInit, to = product) {
  const response = await fetch(`${to.origin}${address}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

const post = (body: string, headers: Record<string, string> = JSON_TYPE, to = product) =>
  send('/graphql', { method: 'POST', headers, body }, to);

const get = (query: string, headers: Record<string, string> = PREFLIGHTED, to = product) =>
  send(`/graphql?query=${encodeURIComponent(query)}`, { headers }, to);

describe('a request that could come from another site is rejected:', () => {
  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
  ])('a POST of %s', async (type) => {
    const { status, text } = await post(JSON.stringify({ query: LINK_QUERY }), {
      'content-type': type,
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(text).toContain('"errors"');
    expect(upstream.calls()).toHaveLength(0);
  });

  it('a POST without a content type', async () => {
    const { status } = await post(JSON.stringify({ query: LINK_QUERY }), { 'content-type': '' });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(upstream.calls()).toHaveLength(0);
  });

  it('a GET without a header that needs a preflight', async () => {
    expect((await get('{ __typename }', {})).status).toBe(400);
  });

  it('a GET with a content type that is not JSON', async () => {
    expect((await get('{ __typename }', { 'content-type': 'text/plain' })).status).toBe(400);
    const both = { ...PREFLIGHTED, 'content-type': 'text/plain' };
    expect((await get('{ __typename }', both)).status).toBe(415);
  });
});

describe('a malformed request is rejected:', () => {
  it('several queries in one body', async () => {
    const { status, text } = await post(
      JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
    );
    expect(status).toBe(400);
    expect(text).toContain('batching');
  });

  it.each(['x-unknown', 'utf-16', '"iso-8859-1"', ' latin1'])('the charset %s', async (charset) => {
    const { status, text } = await post('{"query":"{__typename}"}', {
      'content-type': `application/json; charset=${charset}`,
    });
    expect(status).toBe(415);
    expect(text).toContain('send UTF-8');
  });

  it.each(['utf-8', 'UTF-8', '"utf-8"'])('but not the charset %s', async (charset) => {
    const { status } = await post('{"query":"{__typename}"}', {
      'content-type': `application/json; charset=${charset}`,
    });
    expect(status).toBe(200);
  });

  it('a body that exceeds the limit without declaring it', async () => {
    const small = await startProductAt(upstream.origin, { MAX_BODY_BYTES: '1024' });
    const body = JSON.stringify({ query: '{ __typename }', extensions: { x: 'x'.repeat(2000) } });
    const stream = new Blob([body]).stream();
    const init = { method: 'POST', headers: JSON_TYPE, body: stream, duplex: 'half' };
    const { status, text } = await send('/graphql', init, small);
    expect(status).toBe(413);
    expect(text).toContain('the limit is 1024 bytes');
  });

  it.each([
    ['an empty body', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['no query', '{"variables":{}}'],
    ['an empty query', '{"query":""}'],
    ['a mutation', '{"query":"mutation { x }"}'],
    ['nested lists', '['.repeat(5000)],
  ])('%s', async (_what, body) => {
    const { status, text } = await post(body);
    expect(status).toBe(400);
    expect(text).toContain('"errors"');
    expect(text).not.toContain('INTERNAL');
  });

  it('and the next one is served', async () => {
    expect((await post('{"query":"{__typename}"}')).status).toBe(200);
  });
});

describe('a link', () => {
  it.each([
    LINK_QUERY,
    `query Q { backup(id: "${ID}") { ...F } } fragment F on Backup { downloadURL(fileName: "shop.bak") { __typename } }`,
  ])('is rejected over GET: %s', async (query) => {
    const { status, headers, text } = await get(query);
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('POST');
    expect(text).toContain('cannot be requested over GET');
    expect(upstream.calls()).toHaveLength(0);
  });

  it('does not keep other queries from GET', async () => {
    const { status, text } = await get(`{ backup(id: "${ID}") { name } }`);
    expect(status).toBe(200);
    expect(JSON.parse(text).data.backup).toEqual({ name: 'nightly' });
  });
});

describe('every response forbids caching, sniffing and framing', () => {
  it.each<[string, () => Promise<{ headers: Headers; text: string }>]>([
    ['a link', () => product.query(LINK_QUERY)],
    [
      'a link of an entity',
      () =>
        product.query(
          'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Backup { downloadURL(fileName: "shop.bak") { __typename } } } }',
          { r: [{ __typename: 'Backup', id: ID }] },
        ),
    ],
    ['a name', () => product.query(`{ backup(id: "${ID}") { name } }`)],
    ['an error', () => product.query('{')],
    ['a persisted query', () => post('{"extensions":{"persistedQuery":{"version":1}}}')],
    ['a request refused before GraphQL', () => post('{')],
    ['a query over GET', () => get('{ __typename }')],
    ['nothing', () => send('/nothing')],
    ['the health', () => send('/health/live')],
  ])('%s', async (_what, ask) => {
    const { headers, text } = await ask();
    expect(text).not.toBe('');
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });

  it('except for the query editor, which may run its own script and call this server', async () => {
    const { headers, text } = await send('/graphql', { headers: { accept: 'text/html' } });
    const script = text.slice(text.indexOf('<script>') + 8, text.lastIndexOf('</script>'));
    const hash = createHash('sha256').update(script).digest('base64');
    const policy = headers.get('content-security-policy');
    expect(policy).toContain(`script-src 'sha256-${hash}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('production mode', () => {
  it.each(['{ __schema { types { name } } }', '{ __type(name: "Backup") { name } }'])(
    'rejects introspection: %s',
    async (query) => {
      const { status, data, errors } = await production.query(query);
      expect({ status, data }).toEqual({ status: 400, data: undefined });
      expect(errors[0]?.message).toBe('Introspection is disabled on this server.');
    },
  );

  it.each<[string, string, object?]>([
    ['a field', '{ bakup(id: "1") { id } }'],
    ['a type', '{ backup(id: "1") { ... on Bakup { id } } }'],
    ['an argument', '{ backup(ids: "1") { id } }'],
    ['an enum value', '{ instances(regionId: "r", engine: MYSQ) { totalCount } }'],
    [
      'an enum value in a variable',
      'query ($e: DatabaseEngine) { instances(regionId: "r", engine: $e) { totalCount } }',
      { e: 'MYSQ' },
    ],
    [
      'a field of an input in a variable',
      'query ($f: BackupFilter) { backups(regionId: "r", instanceId: "i", filter: $f) { totalCount } }',
      { f: { typ: 'FULL' } },
    ],
  ])('suggests nothing for %s', async (_what, query, ...[variables]) => {
    const { status, text } = await production.query(query, { ...variables });
    expect(status).toBe(400);
    expect(text).not.toMatch(/did you mean/i);
  });

  it('disables the query editor', async () => {
    const { status, text } = await send(
      '/graphql',
      { headers: { accept: 'text/html' } },
      production,
    );
    expect(status).toBe(404);
    expect(text).toContain('The query editor is disabled');
  });

  it('still serves the SDL to composition', async () => {
    const { data } = await production.query('query Sdl { _service { sdl } }');
    expect(data._service.sdl).toContain('@key(fields: "id")');
  });

  it('allows introspection with INTROSPECTION=true', async () => {
    const open = await startProductAt(upstream.origin, {
      NODE_ENV: 'production',
      INTROSPECTION: 'true',
    });
    const { errors } = await open.query('{ __schema { queryType { name } } }');
    const page = await send('/graphql', { headers: { accept: 'text/html' } }, open);
    expect(errors).toEqual([]);
    expect(page.status).toBe(200);
  });

  it('does not keep INTROSPECTION=false from other modes', async () => {
    const closed = await startProductAt(upstream.origin, { INTROSPECTION: 'false' });
    const { status } = await closed.query('{ __schema { queryType { name } } }');
    expect(status).toBe(400);
  });
});
