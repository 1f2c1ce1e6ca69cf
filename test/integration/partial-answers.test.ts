import { beforeEach, describe, expect, it } from '@jest/globals';
import { useProduct } from '../helpers/product.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import {
  backupRow,
  instanceRow,
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
  SQL_INSTANCE,
} from '../helpers/upstream-rows.js';

const OTHER_REGION = 'cn-east-2';
const SQL = `regionId: "${REGION}", instanceId: "${SQL_INSTANCE}"`;
const MYSQL = `regionId: "${REGION}", instanceId: "${MYSQL_INSTANCE}"`;
const ELSEWHERE = `regionId: "${OTHER_REGION}", instanceId: "${MYSQL_INSTANCE}"`;

const { product, upstream } = await useProduct({
  backups: [backupRow({ backupId: 'b-1' }), mySqlBackupRow({ backupId: 'm-1' })],
  instances: [instanceRow(), mySqlInstanceRow()],
  env: { UPSTREAM_MAX_RETRIES: '0' },
});

beforeEach(() => {
  upstream.handle('describeBackups', (call) => {
    if (call.regionId === OTHER_REGION) return fail(503, 'UNAVAILABLE');
    const isSql = call.instanceId === SQL_INSTANCE;
    const row = isSql ? backupRow({ backupId: 'b-1' }) : mySqlBackupRow({ backupId: 'm-1' });
    return ok({ backup: [row], totalCount: 1 });
  });
  upstream.handle('describeInstances', (call) =>
    call.regionId === OTHER_REGION
      ? fail(503, 'UNAVAILABLE')
      : ok({ dbInstances: [instanceRow(), mySqlInstanceRow()], totalCount: 2 }),
  );
});

const idOf = (instanceId: string, backupId: string) => `${REGION}/${instanceId}/${backupId}`;

describe('a failing region', () => {
  it('fails its own list of backups, not that of another region', async () => {
    const { status, data, errors } = await product.query(`{
      here: backups(${SQL}, first: 1) { nodes { id } totalCount }
      there: backups(${ELSEWHERE}, first: 1) { nodes { id } }
    }`);
    expect(status).toBe(200);
    expect(data).toEqual({
      here: { nodes: [{ id: idOf(SQL_INSTANCE, 'b-1') }], totalCount: 1 },
      there: null,
    });
    expect(errors).toMatchObject([
      { path: ['there'], extensions: { code: 'UPSTREAM_UNAVAILABLE', requestId: 'req-fail' } },
    ]);
    expect(upstream.counts()).toEqual({ describeBackups: 2 });
  });
});

it('an instance whose backups cannot be listed fails them alone', async () => {
  upstream.handle('describeBackups', ({ instanceId }) =>
    instanceId === MYSQL_INSTANCE
      ? fail(500, 'INTERNAL')
      : ok({ backup: [backupRow({ backupId: 'b-1' })], totalCount: 1 }),
  );
  const { data, errors } = await product.query(`{
    instances(regionId: "${REGION}") { nodes { name backups(first: 1) { nodes { backupId } } } }
  }`);
  expect(data.instances.nodes).toEqual([
    { name: 'orders', backups: { nodes: [{ backupId: 'b-1' }] } },
    { name: 'web', backups: null },
  ]);
  expect(errors).toMatchObject([{ path: ['instances', 'nodes', 1, 'backups'] }]);
  expect(upstream.counts()).toEqual({ describeInstances: 1, describeBackups: 2 });
});

it.each([
  ['a page size out of range', `backups(${MYSQL}, first: 0)`, 'BAD_USER_INPUT'],
  ['a cursor of no list', `backups(${MYSQL}, after: "!")`, 'BAD_USER_INPUT'],
  ['an id that cannot be one', `instances(regionId: "../x")`, 'INVALID_ID'],
])('%s fails only its field', async (_, field, code) => {
  const { status, data, errors } = await product.query(`{
    good: backups(${SQL}, first: 1) { totalCount }
    bad: ${field} { totalCount }
  }`);
  expect(status).toBe(200);
  expect(data).toEqual({ good: { totalCount: 1 }, bad: null });
  expect(errors).toMatchObject([{ path: ['bad'], extensions: { code } }]);
  expect(upstream.counts()).toEqual({ describeBackups: 1 });
});
