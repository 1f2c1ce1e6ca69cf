import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { temporaryFolder } from '../helpers/closing.js';
import { startEmbedded, writeBackup, writeInstance } from '../helpers/embedded.js';
import { backupsOf, signedCall, type CallOptions } from '../helpers/signed-call.js';

const REGION = 'cn-north-1';
const NOW = new Date('2026-01-07T07:14:07Z');
const PATH = ['v1', 'regions', REGION];
const SQL = { regionId: REGION, instanceId: 'sqlserver-1' };
const sql = { ...SQL, backupId: 'sqlbk-1' };

const dir = temporaryFolder();
await writeInstance(dir, SQL, { engine: 'SQL Server' });
await writeBackup(dir, sql, { files: { 'shop.bak': 'shop' } });
const fixed = await startEmbedded(dir, { now: () => NOW });

function call(path: readonly string[], options: CallOptions = {}) {
  return signedCall<any>(fixed.origin, path, { date: NOW, ...options });
}

describe('authentication', () => {
  const minutes = (n: number) => new Date(NOW.getTime() + n * 60_000);

  it.each<[string, CallOptions, number, string]>([
    ['a valid signature', {}, 200, ''],
    ['a clock 14 minutes slow', { date: minutes(-14) }, 200, ''],
    ['a clock 14 minutes fast', { date: minutes(14) }, 200, ''],
    ['a clock 16 minutes slow', { date: minutes(-16) }, 401, 'UNAUTHENTICATED'],
    ['a clock 16 minutes fast', { date: minutes(16) }, 401, 'UNAUTHENTICATED'],
    ['a wrong secret', { secretKey: 'WRONG' }, 401, 'UNAUTHENTICATED'],
    ['an unknown key', { accessKeyId: 'OTHER' }, 401, 'UNAUTHENTICATED'],
    ['a scope of another region', { scopeRegion: 'cn-east-2' }, 401, 'UNAUTHENTICATED'],
    ['no signature', { headers: { authorization: undefined } }, 401, 'UNAUTHENTICATED'],
    ['another scheme', { headers: { authorization: 'Bearer x' } }, 401, 'UNAUTHENTICATED'],
    ['no nonce', { headers: { 'x-jdcloud-nonce': undefined } }, 401, 'UNAUTHENTICATED'],
    ['another nonce', { headers: { 'x-jdcloud-nonce': 'other' } }, 401, 'UNAUTHENTICATED'],
    ['an unsigned parameter', { wireQuery: 'pageSize=20' }, 401, 'UNAUTHENTICATED'],
  ])('%s', async (_, options, status, code) => {
    const answer = await call([...PATH, 'instances'], options);
    expect(answer.status).toBe(status);
    if (status !== 200) expect(answer.body.error.status).toBe(code);
    expect(answer.body.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('date')).toBe(NOW.toUTCString());
  });

  it('rejects a used nonce, and only that', async () => {
    const nonce = randomUUID();
    expect((await call([...PATH, 'instances'], { nonce })).status).toBe(200);
    const replay = await call([...PATH, 'instances'], { nonce });
    expect([replay.status, replay.body.error.status]).toEqual([403, 'PERMISSION_DENIED']);
  });

  it('does not consume a nonce with an invalid signature', async () => {
    const nonce = randomUUID();
    expect((await call([...PATH, 'instances'], { nonce, secretKey: 'WRONG' })).status).toBe(401);
    expect((await call([...PATH, 'instances'], { nonce })).status).toBe(200);
  });

  it('never reveals secrets or signatures in a rejection', async () => {
    const { body } = await call([...PATH, 'instances'], { secretKey: 'WRONG' });
    expect(JSON.stringify(body)).not.toMatch(/TESTSECRET|TESTAK|[0-9a-f]{64}/);
  });
});

describe('the wire format', () => {
  const action = `${sql.backupId}:describeBackupDownloadURL`;

  it.each([
    ['the resource path', [...PATH, 'backups', sql.backupId, 'downloadURLs'], undefined],
    ['the action path', [...PATH, 'backups', action], undefined],
    ['a bare colon', [...PATH, 'backups', action], `/v1/regions/${REGION}/backups/${action}`],
    [
      'an encoded colon',
      [...PATH, 'backups', action],
      `/v1/regions/${REGION}/backups/${action.replace(':', '%3A')}`,
    ],
  ])('responds to %s', async (_, path, wirePath) => {
    const { status } = await call(path, {
      query: { fileName: 'shop.bak' },
      ...(wirePath !== undefined && { wirePath }),
    });
    expect(status).toBe(200);
  });

  it('accepts parameters in any order and reads a plus as a plus', async () => {
    const filter = { 'filters.1.name': 'backupName', 'filters.1.values.1': 'a+b' };
    expect((await backupsOf(fixed.origin, SQL, filter, { date: NOW })).status).toBe(200);
    const shuffled = await call([...PATH, 'instances'], {
      query: { pageSize: '10', pageNumber: '1' },
      wireQuery: 'pageSize=10&pageNumber=1',
    });
    expect(shuffled.status).toBe(200);
    const asSpace = await call([...PATH, 'instances'], {
      query: { x: 'a b' },
      wireQuery: 'x=a+b',
    });
    expect(asSpace.status).toBe(401);
  });

  it.each([
    ['unknown route', [...PATH, 'databases'], {}, 404],
    [
      'an id that is none',
      [...PATH, 'instances', '..'],
      { wirePath: `/v1/regions/${REGION}/instances/%2e%2e%2fx` },
      404,
    ],
    ['another version', ['v2', 'regions', REGION, 'instances'], {}, 404],
    ['wrong method', [...PATH, 'instances'], { method: 'POST' }, 405],
    ['a parameter twice', [...PATH, 'instances'], { wireQuery: 'pageSize=10&pageSize=20' }, 400],
  ])('reports %s in the error format', async (_, path, options, status) => {
    const answer = await call(path, options);
    expect([answer.status, answer.body.error.code]).toEqual([status, status]);
  });
});
