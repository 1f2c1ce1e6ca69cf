import { beforeAll, describe, expect, it } from '@jest/globals';
import Fastify from 'fastify';
import { getNamedType, type GraphQLField, isUnionType } from 'graphql';
import { createAuthenticator } from '../../src/auth/authenticator.js';
import type { Caller } from '../../src/domain/caller.js';
import { CALLER, createAdmission } from '../../src/http/admission.js';
import { createSchema } from '../../src/graphql/schema.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { useProduct, type Product, startProductAt } from '../helpers/product.js';
import { rawRequest } from '../helpers/raw-request.js';
import { type ScriptedUpstream, startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { bearer, PARTIES, SECRET_AUTH, secretToken, startIssuer } from '../helpers/tokens.js';
import {
  backupRow,
  instanceRow,
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
  SQL_INSTANCE,
} from '../helpers/upstream-rows.js';
import { until } from '../helpers/until.js';

const sqlId = `${REGION}/${SQL_INSTANCE}/sql-1`;
const mySqlId = `${REGION}/${MYSQL_INSTANCE}/my-1`;
const READ_ONLY = { scope: 'backups:read' };

const { product, upstream } = await useProduct({
  instances: [instanceRow(), mySqlInstanceRow()],
  backups: [backupRow({ backupId: 'sql-1' }), mySqlBackupRow({ backupId: 'my-1' })],
  env: SECRET_AUTH,
});

describe('every entry point of the graph', () => {
  const schema = createSchema();
  const fields = Object.values(schema.getQueryType()!.getFields()).filter(
    ({ name }) => name !== '_service',
  );
  const union = schema.getType('_Entity');
  const entities = isUnionType(union) ? union.getTypes().map(({ name }) => name) : [];

  function document({ name, args }: GraphQLField<unknown, unknown>): string {
    const values = args
      .filter(({ type }) => String(type).endsWith('!'))
      .map((arg) => `${arg.name}: ${valueOf(getNamedType(arg.type).name)}`);
    const given = values.length > 0 ? `(${values.join(', ')})` : '';
    return `{ ${name}${given} { __typename } }`;
  }

  function valueOf(type: string): string {
    // Not a valid id, which callers without the right to read must not learn either.
    if (type === 'ID') return '"a b"';
    const ones = entities.map((typename) => `{ __typename: "${typename}", id: "a b" }`);
    return `[${ones.join(', ')}]`;
  }

  it('is covered by this test', () => {
    expect(fields.map(({ name }) => name).sort()).toEqual([
      '_entities',
      'backup',
      'backups',
      'instance',
      'instances',
      'regions',
    ]);
    expect(entities).toEqual(['Backup', 'DatabaseInstance']);
    expect(schema.getMutationType() ?? schema.getSubscriptionType()).toBeUndefined();
  });

  it.each([
    ['without a token', 'UNAUTHENTICATED', undefined],
    ['without a scope', 'FORBIDDEN', { scope: 'openid' }],
    ['with only the scope to download', 'FORBIDDEN', { scope: 'backups:download' }],
  ])('is closed %s, with its own error', async (_name, code, claims) => {
    const headers = claims && (await bearer(claims));
    for (const field of fields) {
      const { status, errors } = await product.query(document(field), {}, headers);
      const paths =
        field.name === '_entities' ? entities.map((_, i) => [field.name, i]) : [[field.name]];
      expect(status).toBe(200);
      expect(errors.map(({ path, extensions }) => ({ path, code: extensions.code }))).toEqual(
        paths.map((path) => ({ path, code })),
      );
    }
    expect(upstream.calls()).toHaveLength(0);
  });

  it('opens with the scope to read', async () => {
    for (const field of fields) {
      const { errors } = await product.query(document(field), {}, await bearer(READ_ONLY));
      const code = field.args.length > 0 ? 'INVALID_ID' : undefined;
      expect(errors[0]?.extensions.code).toBe(code);
    }
  });

  it('leaves the SDL available for composition', async () => {
    const { data, errors } = await product.query('{ _service { sdl } }');
    expect(errors).toEqual([]);
    expect(data._service.sdl).toContain('type Backup');
  });
});

describe('a caller that may list but not download', () => {
  it('gets everything but links, with an error on each link field', async () => {
    const query = `query ($id: ID!) {
      backup(id: $id) {
        name
        downloadURL(fileName: "shop.bak") { __typename }
        anyFile: downloadURL { __typename }
        files { name downloadURL { __typename } }
      }
      _entities(representations: [{ __typename: "Backup", id: "${mySqlId}" }]) {
        ... on Backup { name downloadURL { __typename } }
      }
    }`;
    const { data, errors, status } = await product.query(
      query,
      { id: sqlId },
      await bearer(READ_ONLY),
    );
    expect(status).toBe(200);
    expect(data).toEqual({
      backup: {
        name: 'nightly',
        downloadURL: null,
        anyFile: null,
        files: [
          { name: 'shop.bak', downloadURL: null },
          { name: 'crm.bak', downloadURL: null },
        ],
      },
      _entities: [{ name: 'mysql nightly', downloadURL: null }],
    });
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(
      new Set(['FORBIDDEN']),
    );
    expect(errors.map(({ path }) => path?.join('.')).sort()).toEqual([
      '_entities.0.downloadURL',
      // Neither does it learn which files exist.
      'backup.anyFile',
      'backup.downloadURL',
      'backup.files.0.downloadURL',
      'backup.files.1.downloadURL',
    ]);
    expect(upstream.counts()).toEqual({ describeBackups: 2 });
  });

  it('learns that before it asks, without a call for a link', async () => {
    const document = 'query ($id: ID!) { backup(id: $id) { viewerCanDownload } }';
    const ask = async (claims?: object) =>
      (await product.query(document, { id: sqlId }, await bearer({ ...claims }))).data.backup;
    expect(await ask(READ_ONLY)).toEqual({ viewerCanDownload: false });
    expect(await ask()).toEqual({ viewerCanDownload: true });
    expect(upstream.counts()).toEqual({ describeBackups: 2 });
  });
});

describe('instances outside the scope of a caller', () => {
  const query = `query ($backup: ID!, $region: ID!, $instance: ID!, $representations: [_Any!]!) {
    backup(id: $backup) { id }
    instance(regionId: $region, instanceId: $instance) { id }
    backups(regionId: $region, instanceId: $instance) {
      totalCount nodes { id } edges { cursor }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
    _entities(representations: $representations) { __typename }
  }`;
  const variablesOf = (instance: string, backup: string) => ({
    backup: `${REGION}/${instance}/${backup}`,
    region: REGION,
    instance,
    representations: [
      { __typename: 'Backup', id: `${REGION}/${instance}/${backup}` },
      { __typename: 'Backup', regionId: REGION, instanceId: instance, backupId: backup },
      { __typename: 'DatabaseInstance', id: `${REGION}/${instance}` },
    ],
  });

  it.each([
    { regions: ['cn-east-1'] },
    { regions: [] },
    { instances: [SQL_INSTANCE] },
    { instances: [`cn-east-1/${MYSQL_INSTANCE}`] },
    { regions: ['cn-east-1'], instances: [MYSQL_INSTANCE] },
  ])('look nonexistent, without an upstream call: %j', async (claims) => {
    const outside = variablesOf(MYSQL_INSTANCE, 'my-1');
    const hidden = await product.query(query, outside, await bearer(claims));
    expect(upstream.calls()).toHaveLength(0);
    const absent = await product.query(query, variablesOf('gone-1', 'gone'), await bearer());
    expect(hidden.status).toBe(absent.status);
    expect(hidden.text).toBe(absent.text);
    expect(hidden.data).toMatchObject({ backup: null, _entities: [null, null, null] });
  });

  it.each([
    { regions: [REGION] },
    { instances: [MYSQL_INSTANCE] },
    { instances: [`${REGION}/${MYSQL_INSTANCE}`] },
  ])('do not affect those inside: %j', async (claims) => {
    const { data, errors } = await product.query(
      query,
      variablesOf(MYSQL_INSTANCE, 'my-1'),
      await bearer(claims),
    );
    expect(errors).toEqual([]);
    expect(data).toMatchObject({
      backup: { id: mySqlId },
      instance: { id: `${REGION}/${MYSQL_INSTANCE}` },
      backups: { totalCount: 1 },
    });
    expect(data._entities).toHaveLength(3);
    expect(data._entities).not.toContain(null);
  });
});

describe('the instances of a region seen in part', () => {
  const query = `query ($region: ID!, $first: Int, $after: String) {
    instances(regionId: $region, first: $first, after: $after) {
      totalCount nodes { instanceId } pageInfo { hasNextPage endCursor }
    }
  }`;
  let many: ScriptedUpstream;
  let narrow: Product;
  const claims = { instances: ['m-3', `${REGION}/m-150`, 'm-249', 'cn-east-1/m-4'] };

  beforeAll(async () => {
    many = await startScriptedUpstream({
      instances: Array.from({ length: 250 }, (_, i) => mySqlInstanceRow({ instanceId: `m-${i}` })),
    });
    narrow = await startProductAt(many.origin, SECRET_AUTH);
  });

  it('are counted and paged as if there were no others', async () => {
    const headers = await bearer(claims);
    const first = await narrow.query(query, { region: REGION, first: 2 }, headers);
    expect(first.data.instances).toMatchObject({
      totalCount: 3,
      nodes: [{ instanceId: 'm-3' }, { instanceId: 'm-150' }],
      pageInfo: { hasNextPage: true },
    });
    expect(many.counts()).toEqual({ describeInstances: 3 });
    const after = first.data.instances.pageInfo.endCursor;
    // The position of the cursor is among these three.
    expect(Buffer.from(after, 'base64url').toString()).toBe(`1:${REGION}/m-150`);
    const rest = await narrow.query(query, { region: REGION, first: 2, after }, headers);
    expect(rest.data.instances).toMatchObject({
      totalCount: 3,
      nodes: [{ instanceId: 'm-249' }],
      pageInfo: { hasNextPage: false },
    });
  });

  it.each([{ regions: ['cn-east-1'] }, { instances: ['cn-east-1/m-4'] }, { instances: [] }])(
    'are empty, without a call, if none can be visible: %j',
    async (none) => {
      const { data } = await narrow.query(query, { region: REGION }, await bearer(none));
      expect(data.instances).toEqual({
        totalCount: 0,
        nodes: [],
        pageInfo: { hasNextPage: false, endCursor: null },
      });
      expect(many.calls()).toHaveLength(0);
    },
  );
});

describe('an invalid token', () => {
  it('ends the request with 401 and reveals nothing of the token', async () => {
    const token = await secretToken({ aud: 'other' });
    const headers = { authorization: `Bearer ${token}` };
    const answer = await product.query('{ __typename }', {}, headers);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(JSON.parse(answer.text)).toEqual({
      errors: [
        {
          message: 'Invalid or expired token; obtain a new one.',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ],
    });
    const log = product.log.join('');
    expect(log).toContain('aud: unexpected');
    for (const part of token.split('.').slice(1)) expect(log).not.toContain(part);
  });

  it('is counted by reason, and logged once however often it is sent', async () => {
    const headers = await bearer({ sub: null, regions: ['secret-region'] });
    for (let i = 0; i < 20; i += 1) await product.query('{ __typename }', {}, headers);
    const lines = product.log.filter((line) => line.includes('sub: missing'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('secret-region');
    const metrics = await product.metrics();
    expect(metrics).toContain('backup_graphql_tokens_refused_total{reason="sub: missing"} 20');
  });

  it('is rejected before the body is read', async () => {
    const answer = await rawRequest(
      product.origin,
      'POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });
});

it('the start logs the token rules in force', async () => {
  const started = await startProductAt(upstream.origin, {
    ...SECRET_AUTH,
    AUTH_ISSUER: 'https://id.example.com/,https://id.example.com',
    AUTH_AUDIENCE: 'app-1',
  });
  await started.close();
  const lines = started.log.map((line) => JSON.parse(line));
  expect(lines.filter(({ msg }) => msg.includes('AUTH=jwt'))).toMatchObject([
    {
      keys: 'secret',
      issuers: ['https://id.example.com/', 'https://id.example.com'],
      audiences: ['app-1'],
    },
  ]);
});

describe('an issuer whose keys cannot be fetched', () => {
  it('causes 503 until they can', async () => {
    const issuer = await startIssuer();
    const env = { ...PARTIES, AUTH_JWKS_URL: issuer.jwksUrl };
    const byKeys = await startProductAt(upstream.origin, env);
    const headers = { authorization: `Bearer ${await issuer.token()}` };
    const query = `{ backup(id: "${sqlId}") { id } }`;
    issuer.answer({ status: 503, body: '' });
    const refused = await byKeys.query(query, {}, headers);
    issuer.answer(null);
    // Within a second of a failure, the keys are not fetched again.
    let served = refused;
    await until(async () => {
      served = await byKeys.query(query, {}, headers);
      return served.status === 200;
    });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(refused.errors).toEqual([
      {
        message: 'Tokens cannot be verified at the moment; retry later.',
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      },
    ]);
    expect(served.data.backup).toEqual({ id: sqlId });
    expect(upstream.counts()).toEqual({ describeBackups: 1 });
  });
});

describe('a server without authentication', () => {
  let open: Product;
  beforeAll(async () => {
    open = await startProductAt(upstream.origin);
  });

  /** Requests a page of `host`, as a browser does that resolved it to this machine. */
  const askAs = (host: string, lines = '', { origin } = open) =>
    rawRequest(
      origin,
      `POST /graphql HTTP/1.1\r\nHost: ${host}\r\n${lines}Connection: close\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n{"query":"{__typename}"}`,
    );

  it('serves this machine with all rights, and says so once', async () => {
    const { data } = await open.query(
      `{ backup(id: "${mySqlId}") { downloadURL { ... on DownloadLink { available } } } }`,
    );
    expect(data.backup.downloadURL.available).toBe(true);
    expect(open.log.filter((line) => line.includes('AUTH=none'))).toEqual([
      expect.stringContaining('a proxy that adds no headers looks like a local client'),
    ]);
  });

  it('rejects foreign names that resolve to this machine', async () => {
    const { port } = new URL(open.origin);
    expect(await askAs(`localhost:${port}`)).toMatch(/^HTTP\/1\.1 200 /);
    const refused = await askAs(`evil.example:${port}`);
    expect(refused).toMatch(/^HTTP\/1\.1 403 /);
    expect(refused).toContain('"code":"FORBIDDEN"');
    expect(refused).toMatch(/AUTH=jwt or ALLOW_ANONYMOUS=true/);
    const health = 'GET /health/live HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
    expect(await rawRequest(open.origin, health)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each(['/', '/metrics', '/assets/none.js', '/graphql?query={x}'])(
    'serves %s neither to pages of other origins nor to clients behind a proxy',
    async (path) => {
      const ask = (host: string, ...lines: string[]) => {
        const head = [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...lines, 'Connection: close'];
        return rawRequest(open.origin, `${head.join('\r\n')}\r\n\r\n`);
      };
      const refused = path.startsWith('/assets/') ? /^HTTP\/1\.1 404 / : /^HTTP\/1\.1 403 /;
      expect(await ask('evil.example')).toMatch(refused);
      expect(await ask('localhost', 'X-Real-IP: 203.0.113.9')).toMatch(refused);
      expect(await ask('localhost')).not.toMatch(/^HTTP\/1\.1 403 /);
    },
  );

  it('rejects requests through a proxy and names the setting, a thousand other headers before', async () => {
    for (const others of ['', 'a:b\r\n'.repeat(2100)]) {
      const answer = await askAs('127.0.0.1', `${others}X-Real-IP: 203.0.113.9\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).toContain('AUTH=jwt');
      expect(answer).toContain('ALLOW_ANONYMOUS=true');
    }
  });

  it('rejects clients of other machines through a trusted proxy on this machine', async () => {
    const behind = await startProductAt(upstream.origin, { TRUSTED_PROXIES: '1' });
    const ask = (client: string) =>
      behind.query('{ __typename }', {}, { 'x-forwarded-for': client });
    expect((await ask('127.0.0.1')).status).toBe(200);
    expect((await ask('203.0.113.9')).status).toBe(403);
  });

  it('accepts any name if everyone is admitted, and warns of that once', async () => {
    const all = await startProductAt(upstream.origin, { ALLOW_ANONYMOUS: 'true' });
    expect(await askAs('backups.example', '', all)).toMatch(/^HTTP\/1\.1 200 /);
    const said = all.log.map((line) => JSON.parse(line)).filter(({ msg }) => /AUTH=none/.test(msg));
    expect(said).toMatchObject([{ level: 40 }]);
  });
});

it.each<[string, string | null, string, number]>([
  ['another machine', '0.0.0.0', '10.0.0.1', 403],
  ['another machine, mapped to IPv6', '0.0.0.0', '::ffff:10.0.0.1', 403],
  ['this machine', '0.0.0.0', '::ffff:127.0.0.1', 200],
  ['another machine where everyone is served', null, '10.0.0.1', 200],
])('a client on %s', async (_where, localHost, remoteAddress, status) => {
  const http = Fastify();
  http.decorateRequest(CALLER, null);
  const logger = createLogger('silent');
  const authenticate = createAuthenticator({ kind: 'none', allowAnonymous: true }, { logger });
  const refusals = { report: () => undefined };
  const onRequest = createAdmission({ authenticate, localHost, refusals });
  http.get('/', { onRequest }, (request) => request.getDecorator<Caller>(CALLER).id);
  const headers = { host: 'localhost:4000', 'x-forwarded-for': '127.0.0.1' };
  const { statusCode, body } = await http.inject({ url: '/', remoteAddress, headers });
  await http.close();
  expect(statusCode).toBe(status);
  expect(body).toContain(status === 403 ? '"code":"FORBIDDEN"' : 'anonymous');
});
