import { describe, expect, it } from '@jest/globals';
import {
  BackupFactsDocument,
  BackupPageDocument,
  InstancePageDocument,
} from '../generated/operations.js';
import { useProduct, startProductAt } from '../helpers/product.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import { backupRow, instanceRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const instance = { regionId: REGION, instanceId: SQL_INSTANCE };

const ROWS = [
  backupRow({ backupId: 'b-1', backupStartTime: '2026-11-24T02:00:00', backupType: 'diff' }),
  backupRow({ backupId: 'b-2', backupStartTime: '2026-11-23T02:00:00', backupMode: 'manual' }),
  backupRow({ backupId: 'b-3', backupStartTime: '2026-11-22T02:00:00', backupFiles: ['订单.bak'] }),
  backupRow({ backupId: 'b-4', backupStartTime: '', backupFiles: ['订单.bak', 'shop.bak'] }),
];

const { product, upstream } = await useProduct({
  backups: ROWS,
  instances: [
    instanceRow(),
    ...['m-1', 'm-2', 'm-3'].map((instanceId) => instanceRow({ instanceId, engine: 'MariaDB' })),
  ],
  // Lists are shared, as by default for the cloud, but not with the next query.
  env: { UPSTREAM_MAX_RETRIES: '0', LIST_REUSE_MS: '1' },
});

const idsOf = (nodes: readonly { id: string }[] = []) =>
  nodes.map(({ id }) => id.split('/').at(-1));

it('the fields of a backup are read, sizes above 2^31 and times with their zone included', async () => {
  const { data } = await product.query(BackupFactsDocument, {
    id: `${REGION}/${SQL_INSTANCE}/b-3`,
  });
  expect(data.backup).toEqual({
    id: `${REGION}/${SQL_INSTANCE}/b-3`,
    ...instance,
    backupId: 'b-3',
    name: 'nightly',
    engine: 'SQL_SERVER',
    status: 'COMPLETED',
    mode: 'AUTO',
    type: 'FULL',
    unit: 'INSTANCE',
    startedAt: '2026-11-21T18:00:00Z',
    endedAt: '2020-01-07T07:20:07Z',
    sizeBytes: 53_687_091_200,
    files: [{ name: '订单.bak', databaseName: '订单', type: 'FULL', sizeBytes: null }],
    instance: {
      id: `${REGION}/${SQL_INSTANCE}`,
      name: 'orders',
      engine: 'SQL_SERVER',
      engineVersion: '2016',
      status: 'RUNNING',
      createdAt: '2019-05-01T00:00:00Z',
    },
  });
});

describe('backups', () => {
  it.each([
    [{}, ['b-1', 'b-2', 'b-3', 'b-4']],
    [{ type: 'INCREMENTAL' as const }, ['b-1']],
    [{ mode: 'MANUAL' as const }, ['b-2']],
    [{ status: 'ERROR' as const }, []],
    [{ status: 'COMPLETED' as const, mode: 'MANUAL' as const }, ['b-2']],
    [{ status: null }, ['b-1', 'b-2', 'b-3', 'b-4']],
    [{ databaseName: '订单' }, ['b-3', 'b-4']],
    [{ databaseName: 'sho' }, []],
    [{ startedAfter: '2026-11-22T18:00:00Z' }, ['b-1', 'b-2']],
    [{ startedBefore: '2026-11-22T18:00:00Z' }, ['b-3']],
    [{ startedAfter: '2026-11-21T18:00:00Z', startedBefore: '2026-11-23T02:00:00+08:00' }, ['b-3']],
    [{ type: null, databaseName: null }, ['b-1', 'b-2', 'b-3', 'b-4']],
  ])('filtered by %j are %j', async (filter, expected) => {
    const { data, errors } = await product.query(BackupPageDocument, { ...instance, filter });
    expect(errors).toEqual([]);
    expect(idsOf(data.backups?.nodes)).toEqual(expected);
    expect(data.backups?.totalCount).toBe(expected.length);
    expect(upstream.counts()).toEqual({ describeBackups: 1 });
  });

  it('are paged', async () => {
    const page = await product.query(BackupPageDocument, { ...instance, first: 3 });
    const { pageInfo, nodes } = page.data.backups!;
    expect(idsOf(nodes)).toEqual(['b-1', 'b-2', 'b-3']);
    expect(pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const rest = await product.query(BackupPageDocument, {
      ...instance,
      after: pageInfo.endCursor,
    });
    expect(idsOf(rest.data.backups?.nodes)).toEqual(['b-4']);
    expect(rest.data.backups?.pageInfo).toMatchObject({
      hasNextPage: false,
      hasPreviousPage: true,
    });
  });

  it('begin with the first page after an empty cursor, in every connection', async () => {
    const page = '{ nodes { id } pageInfo { hasPreviousPage } }';
    const place = `regionId: "${REGION}", instanceId: "${SQL_INSTANCE}"`;
    const { data, errors } = await product.query(
      `{ backups(${place}, first: 3, after: "") ${page}
         instance(${place}) { backups(first: 3, after: "") ${page} }
         instances(regionId: "${REGION}", after: "") ${page} }`,
    );
    expect(errors).toEqual([]);
    expect(data.backups.nodes).toHaveLength(3);
    expect(data.instance.backups).toEqual(data.backups);
    expect(data.backups.pageInfo).toEqual({ hasPreviousPage: false });
    expect(data.instances.pageInfo).toEqual({ hasPreviousPage: false });
  });

  it('accept first: null as the default', async () => {
    const { data } = await product.query(BackupPageDocument, { ...instance, first: null });
    expect(data.backups?.nodes).toHaveLength(4);
  });

  it('are empty for an unknown instance', async () => {
    upstream.handle('describeBackups', ({ instanceId }) =>
      instanceId === SQL_INSTANCE ? ok({ backup: ROWS, totalCount: 4 }) : fail(404, 'NOT_FOUND'),
    );
    const { data, errors } = await product.query(BackupPageDocument, {
      ...instance,
      instanceId: 'gone-1',
    });
    expect(errors).toEqual([]);
    expect(data.backups).toMatchObject({ totalCount: 0, nodes: [] });
  });
});

describe('instances', () => {
  it('are listed by region and engine with one call', async () => {
    const { data } = await product.query(InstancePageDocument, {
      regionId: REGION,
      engine: 'MARIADB',
      first: 2,
    });
    expect(idsOf(data.instances?.nodes)).toEqual(['m-1', 'm-2']);
    expect(data.instances).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    expect(upstream.counts()).toEqual({ describeInstances: 1 });
  });

  it('tell the engine of their backups without another call', async () => {
    const document = `{ instances(regionId: "${REGION}", engine: MARIADB) { nodes {
      instanceId backups(first: 1) { nodes { downloadURL { __typename } } }
    } } }`;
    const backup = backupRow({ backupId: 'b-1', engine: undefined, backupFiles: undefined });
    upstream.handle('describeBackups', ({ instanceId }) =>
      ok({ backup: [{ ...backup, instanceId }], totalCount: 1 }),
    );
    // Engines are remembered across requests.
    const other = await startProductAt(upstream.origin);
    const { data, errors } = await other.query(document);
    expect(errors).toEqual([]);
    expect(data.instances?.nodes).toHaveLength(3);
    expect(upstream.counts()).toEqual({
      describeInstances: 1,
      describeBackups: 3,
      describeBackupDownloadURL: 3,
    });
  });

  it('lead to their backups', async () => {
    const document = `{ instance(regionId: "${REGION}", instanceId: "${SQL_INSTANCE}") {
      engine backups(first: 1) { nodes { backupId instance { id } } }
    } }`;
    const { data } = await product.query(document);
    expect(data.instance).toEqual({
      engine: 'SQL_SERVER',
      backups: { nodes: [{ backupId: 'b-1', instance: { id: `${REGION}/${SQL_INSTANCE}` } }] },
    });
    expect(upstream.counts()).toEqual({ describeInstanceAttributes: 1, describeBackups: 1 });
  });

  it('are null if they do not exist', async () => {
    const document = `{ instance(regionId: "${REGION}", instanceId: "gone-1") { id } }`;
    const { data, errors } = await product.query(document);
    expect({ data, errors }).toEqual({ data: { instance: null }, errors: [] });
  });
});

it('unreadable rows are skipped, with one log line and metric per list', async () => {
  const rows = [
    backupRow({ backupId: 'u-1' }),
    backupRow({ backupId: undefined, backupName: 'SECRET' }),
    backupRow({ backupId: 'SECRET/x' }),
    backupRow({ backupId: 'u-2', backupSizeByte: 'SECRET' }),
  ];
  const other = { regionId: 'cn-east-1', instanceId: 'sql-left-out' };
  const backup = rows.map((row) => ({ ...row, instanceId: other.instanceId }));
  upstream.handle('describeBackups', ok({ backup, totalCount: 4 }, { requestId: 'req-7' }));
  const logged = product.log.length;
  const { data, errors } = await product.query(
    `query ($regionId: ID!, $instanceId: ID!) {
      backups(regionId: $regionId, instanceId: $instanceId) { nodes { backupId sizeBytes } }
    }`,
    other,
  );
  const warnings = product.log
    .slice(logged)
    .map((line) => JSON.parse(line))
    .filter(({ level }) => level >= 40);
  const metrics = await product.metrics();

  expect(errors).toEqual([]);
  expect(data.backups.nodes.map(({ backupId }: { backupId: string }) => backupId)).toEqual([
    'u-1',
    'u-2',
  ]);
  expect(warnings).toEqual([
    expect.objectContaining({
      operation: 'describeBackups',
      regionId: 'cn-east-1',
      requestId: 'req-7',
      count: 3,
      rows: 2,
      values: 1,
      reason: 'backupId is missing or invalid',
      msg: 'skipped unreadable parts of an upstream response',
    }),
  ]);
  expect(JSON.stringify(warnings)).not.toContain('SECRET');
  for (const [part, count] of [
    ['row', 2],
    ['value', 1],
  ]) {
    expect(metrics).toContain(
      `backup_graphql_upstream_unreadable_total{operation="describeBackups",part="${part}"} ${count}`,
    );
  }
});
