import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { dataHandlers } from '../helpers/scripted-data.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import { bearer } from '../helpers/tokens.js';
import {
  backupRow,
  instanceRow,
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
  SQL_INSTANCE,
} from '../helpers/upstream-rows.js';
import { KEYS } from './subgraph/type-defs.js';
import { type GatewayName, gateways, startSupergraph, type Supergraph } from './supergraph.js';

const SQL = `${REGION}/${SQL_INSTANCE}`;
const MYSQL = `${REGION}/${MYSQL_INSTANCE}`;

const twenty = (prefix: string) => Array.from({ length: 20 }, (_, i) => `${prefix}-${i}`);

const stored = {
  requests: [
    ...twenty('b').map((id) => ({ id, reason: 'a table was dropped', backupId: `${SQL}/${id}` })),
    ...twenty('m').map((id) => ({ id, reason: 'for the auditors', backupId: `${MYSQL}/${id}` })),
    { id: 'late', reason: 'too late', backupId: `${SQL}/gone` },
  ],
  backups: [
    ...twenty('b').map((backupId) => backupRow({ backupId })),
    ...twenty('m').map((backupId) => mySqlBackupRow({ backupId })),
  ],
  instances: [instanceRow(), mySqlInstanceRow()],
};

const LINKS = `
  query Links($fileName: String) {
    sql: restoreRequest(id: "b-0") {
      reason
      backup { status downloadURL(fileName: $fileName) { ...Link } }
    }
    mysql: restoreRequest(id: "m-0") {
      reason
      backup { status downloadURL { ...Link } }
    }
  }
  fragment Link on BackupDownloadURL {
    __typename
    ... on SqlServerBackupDownloadURL { publicURL available fileName databaseName }
    ... on MySqlBackupDownloadURL { publicURL available }
  }
`;
const LINK = { publicURL: 'https://oss.example/x?Signature=a+b/c==', internalURL: '' };

/** The status of a query sent from an address of the loopback network; `fetch` cannot choose one. */
function askFrom(
  localAddress: string,
  url: string,
  query: string,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', localAddress, agent: false as const };
    const sent = { ...headers, 'content-type': 'application/json' };
    const asked = request(url, { ...options, headers: sent }, (response) => {
      response.resume().once('end', () => {
        resolve(response.statusCode);
      });
    });
    asked.once('error', reject);
    asked.end(JSON.stringify({ query, variables: { fileName: 'shop.bak' } }));
  });
}

const setups = Object.keys(gateways).flatMap((gateway) =>
  KEYS.map((key) => ({ gateway: gateway as GatewayName, key })),
);

describe.each(setups)('$gateway, with a subgraph that refers by $key', ({ gateway, key }) => {
  let supergraph: Supergraph;
  let token: { authorization: string };

  beforeAll(async () => {
    supergraph = await startSupergraph({ gateway, key, ...stored });
    token = await bearer();
  }, 30_000);
  afterAll(() => supergraph.close());
  beforeEach(() => {
    supergraph.upstream.reset();
    supergraph.upstream.handle('describeBackupDownloadURL', ok(LINK));
  });

  it('resolves a backup from the other subgraph, with a link of either engine', async () => {
    const answer = await supergraph.query(LINKS, { fileName: 'shop.bak' }, token);
    const { publicURL } = LINK;
    expect(answer).toEqual({
      status: 200,
      data: {
        sql: {
          reason: 'a table was dropped',
          backup: {
            status: 'COMPLETED',
            downloadURL: {
              __typename: 'SqlServerBackupDownloadURL',
              publicURL,
              available: true,
              fileName: 'shop.bak',
              databaseName: 'shop',
            },
          },
        },
        mysql: {
          reason: 'for the auditors',
          backup: {
            status: 'COMPLETED',
            downloadURL: { __typename: 'MySqlBackupDownloadURL', publicURL, available: true },
          },
        },
      },
      errors: [],
    });
    expect(supergraph.upstream.counts()).toMatchObject({
      describeBackups: 2,
      describeBackupDownloadURL: 2,
    });
  });

  it('adds the field of the other subgraph to a backup', async () => {
    const { data, errors } = await supergraph.query(
      'query ($id: ID!) { backup(id: $id) { name restoreRequests { id reason } } }',
      { id: `${SQL}/b-3` },
      token,
    );
    expect(errors).toEqual([]);
    expect(data.backup).toEqual({
      name: 'nightly',
      restoreRequests: [{ id: 'b-3', reason: 'a table was dropped' }],
    });
  });

  it('resolves all backups of a list, and a field of the other subgraph from theirs, with one upstream list per instance', async () => {
    const { data, errors } = await supergraph.query(
      '{ restoreRequests { id backup { status restoreNote } } }',
      {},
      token,
    );
    // The last backup was deleted.
    expect(errors.filter(({ path }) => path?.[1] !== 40)).toEqual([]);
    const row = (id: string, minutes: number) => {
      const restoreNote = `${minutes} min, to the state of 2020-01-07T07:14:07Z`;
      return { id, backup: { status: 'COMPLETED', restoreNote } };
    };
    expect(data.restoreRequests.slice(0, 40)).toEqual([
      ...twenty('b').map((id) => row(id, 17)),
      ...twenty('m').map((id) => row(id, 1)),
    ]);
    expect(supergraph.upstream.counts()).toEqual({ describeBackups: 2 });
  });

  it('leaves node to the subgraph that has it', async () => {
    const { data, errors } = await supergraph.query(
      `{ mine: node(id: "b-1") { id ... on RestoreRequest { reason backup { status } } }
        other: node(id: "${SQL}/b-1") { id } }`,
      {},
      token,
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      mine: { id: 'b-1', reason: 'a table was dropped', backup: { status: 'COMPLETED' } },
      other: null,
    });
  });

  it('returns null for a deleted backup, with the fields of the other subgraph', async () => {
    const { data } = await supergraph.query(
      '{ restoreRequest(id: "late") { reason backup { files { name } } } }',
      {},
      token,
    );
    expect(data).toEqual({ restoreRequest: { reason: 'too late', backup: null } });
  });

  it('passes on code and details of field errors, beside the other data', async () => {
    const busy = { requestId: 'req-429', headers: { 'retry-after': '7' } };
    supergraph.upstream.handle('describeBackupDownloadURL', fail(429, 'RATE_LIMIT', busy));
    const { status, data, errors } = await supergraph.query(LINKS, { fileName: 'lost.bak' }, token);
    expect(status).toBe(200);
    const backup = { status: 'COMPLETED', downloadURL: null };
    expect(data).toMatchObject({ sql: { backup }, mysql: { backup } });
    expect(errors).toHaveLength(2);
    expect(errors.find(({ path }) => path?.[0] === 'mysql')).toMatchObject({
      path: ['mysql', 'backup', 'downloadURL'],
      extensions: { code: 'UPSTREAM_THROTTLED', retryAfter: 7, requestId: 'req-429' },
    });
    expect(errors.find(({ path }) => path?.[0] === 'sql')).toMatchObject({
      message: expect.stringContaining('availableFiles'),
      path: ['sql', 'backup', 'downloadURL'],
      extensions: { code: 'FILE_NOT_IN_BACKUP', availableFiles: ['shop.bak', 'crm.bak'] },
    });
  });

  it('fails only the fields of a failing region, not another region or the other subgraph', async () => {
    const there = fail(503, 'UNAVAILABLE');
    for (const operation of ['describeBackups', 'describeInstances'] as const) {
      const here = dataHandlers(stored)[operation];
      supergraph.upstream.handle(operation, (call) =>
        call.regionId === REGION ? here(call) : there,
      );
    }
    const { status, data, errors } = await supergraph.query(
      `query ($good: ID!, $bad: ID!, $instance: ID!) {
        restoreRequest(id: "m-0") { reason }
        here: backups(regionId: $good, instanceId: $instance, first: 1) { nodes { backupId restoreRequests { id } } }
        there: backups(regionId: $bad, instanceId: $instance) { nodes { backupId restoreRequests { id } } }
        instances(regionId: $good) { totalCount }
        lost: instances(regionId: $bad) { totalCount }
      }`,
      { good: REGION, bad: 'cn-east-2', instance: SQL_INSTANCE },
      token,
    );
    expect(status).toBe(200);
    expect(data).toEqual({
      restoreRequest: { reason: 'for the auditors' },
      here: { nodes: [{ backupId: 'b-0', restoreRequests: [{ id: 'b-0' }] }] },
      there: null,
      instances: { totalCount: 2 },
      lost: null,
    });
    expect(errors.map(({ path, extensions: { code } }) => [path, code]).sort()).toEqual([
      [['lost'], 'UPSTREAM_UNAVAILABLE'],
      [['there'], 'UPSTREAM_UNAVAILABLE'],
    ]);
    expect(supergraph.upstream.counts()).toEqual({ describeBackups: 2, describeInstances: 2 });
  });

  it('passes the Authorization header on to both subgraphs', async () => {
    const reader = await bearer({ sub: 'reader', scope: 'backups:read' });
    const { data, errors } = await supergraph.query(LINKS, { fileName: 'shop.bak' }, reader);
    expect(data.sql.backup).toEqual({ status: 'COMPLETED', downloadURL: null });
    expect(errors.map(({ extensions: { code } }) => code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    expect(supergraph.tickets.received.at(-1)?.authorization).toBe(reader.authorization);
    expect(supergraph.upstream.calls('describeBackupDownloadURL')).toHaveLength(0);
  });

  it('passes client address, request id and trace on to both subgraphs, and trusts no client for them', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const sent = {
      'x-request-id': 'request-of-a-client',
      'x-forwarded-for': '203.0.113.9, 203.0.113.10',
      forwarded: 'for=203.0.113.9',
      traceparent,
    };
    const status = await askFrom('127.0.0.2', supergraph.url, LINKS, { ...token, ...sent });
    expect(status).toBe(200);
    expect(supergraph.audit().slice(-2)).toMatchObject([
      { clientAddress: '127.0.0.2', httpRequestId: 'request-of-a-client' },
      { clientAddress: '127.0.0.2', httpRequestId: 'request-of-a-client' },
    ]);
    expect(supergraph.tickets.received.at(-1)).toMatchObject({
      'x-forwarded-for': expect.stringMatching(/^(::ffff:)?127\.0\.0\.2$/),
      'x-request-id': 'request-of-a-client',
      traceparent,
    });
  });

  it('rejects a caller without a token', async () => {
    const { data, errors } = await supergraph.query(LINKS);
    expect(data.sql).toEqual({
      reason: 'a table was dropped',
      backup: { status: null, downloadURL: null },
    });
    expect(new Set(errors.map(({ extensions: { code } }) => code))).toEqual(
      new Set(['UNAUTHENTICATED']),
    );
    expect(supergraph.upstream.counts()).toEqual({});
  });
});
