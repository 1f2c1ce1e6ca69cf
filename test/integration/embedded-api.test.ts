import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  startEmbedded,
  temporaryFolder,
  writeBackup,
  writeInstance,
  type TestEmbedded,
} from '../helpers/embedded.js';
import { linksOf, signedCall, type CallOptions } from '../helpers/signed-call.js';

const REGION = 'cn-north-1';
const NOW = new Date('2026-01-07T07:14:07Z');
const PATH = ['v1', 'regions', REGION];
const SQL = { regionId: REGION, instanceId: 'sqlserver-1' };
const MYSQL = { regionId: REGION, instanceId: 'mysql-1' };
const DEAD = { regionId: REGION, instanceId: 'sqlserver-dead1' };
const sql = { ...SQL, backupId: 'sqlbk-1' };
const building = { ...SQL, backupId: 'sqlbk-2' };
const mysql = { ...MYSQL, backupId: 'mybk-1' };
const several = { ...MYSQL, backupId: 'mybk-several' };
const empty = { ...MYSQL, backupId: 'mybk-empty' };
const retained = { ...DEAD, backupId: 'sqlbk-r' };
const postgres = { regionId: REGION, instanceId: 'pg-1', backupId: 'pgbk-1' };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let fixed: TestEmbedded;
let settable: TestEmbedded;

beforeAll(async () => {
  folder = await temporaryFolder();
  const dir = folder.path;
  await writeInstance(dir, SQL, { engine: 'SQL Server', instanceName: 'shop' });
  await writeInstance(dir, MYSQL, { engine: 'mysql', charge: { chargeMode: 'postpaid' } });
  await writeInstance(dir, postgres, { engine: 'PostgreSQL' });
  await writeBackup(dir, sql, {
    manifest: {
      backupStartTime: '2020-01-07 15:14:07',
      backupName: 'nightly one',
      backupType: 'full',
      backupMode: 'auto',
    },
    files: { 'shop.bak': 'shop', 'crm.bak': 'crm!' },
  });
  await writeBackup(dir, building, {
    manifest: {
      backupStartTime: '2020-01-08T15:14:07',
      backupStatus: 'BUILDING',
      backupType: 'diff',
      backupMode: 'manual',
    },
  });
  await writeBackup(dir, mysql, { files: { 'mybk-1.xbstream': 'set' } });
  await writeBackup(dir, several, { files: { a: '1', b: '2' } });
  await writeBackup(dir, empty, {});
  await writeBackup(dir, retained, { files: { 'shop.bak': 'old' } });
  await writeBackup(dir, postgres, { files: { dump: 'x' } });
  fixed = await startEmbedded(dir, { now: () => NOW });
  settable = await startEmbedded(dir, { now: () => NOW, mySqlLinkExpiry: 'settable' });
});

afterAll(async () => {
  await Promise.all([fixed.close(), settable.close()]);
  await folder.remove();
});

function call(path: readonly string[], options: CallOptions = {}) {
  return signedCall<any>(fixed.origin, path, { date: NOW, ...options });
}

function backups(query: Record<string, string> = {}) {
  const page = { instanceId: SQL.instanceId, pageNumber: '1', pageSize: '10' };
  return call([...PATH, 'backups'], { query: { ...page, ...query } });
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
    const answer = await backups({ 'filters.1.name': 'backupName', 'filters.1.values.1': 'a+b' });
    expect(answer.status).toBe(200);
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
    ['bad percent-encoding', [...PATH, 'instances'], { wireQuery: 'x=%zz' }, 400],
    ['percent-encoding that is not UTF-8', [...PATH, 'instances'], { wireQuery: 'x=%ff' }, 400],
  ])('reports %s in the error format', async (_, path, options, status) => {
    const answer = await call(path, options);
    expect([answer.status, answer.body.error.code]).toEqual([status, status]);
  });
});

describe('describeBackups', () => {
  const ids = async (query: Record<string, string> = {}): Promise<string[]> =>
    (await backups(query)).body.result.backup.map((b: { backupId: string }) => b.backupId);

  it('lists newest first, with the files of SQL Server', async () => {
    const { body } = await backups();
    expect(body.result.totalCount).toBe(2);
    expect(body.result.backup).toMatchObject([
      { backupId: 'sqlbk-2', backupStatus: 'BUILDING', backupFiles: [] },
      {
        backupId: 'sqlbk-1',
        instanceId: 'sqlserver-1',
        instanceName: 'shop',
        backupStatus: 'COMPLETED',
        backupStartTime: '2020-01-07 15:14:07',
        backupSizeByte: 8,
        backupFiles: ['crm.bak', 'shop.bak'],
      },
    ]);
  });

  it('omits type, unit and files for MySQL', async () => {
    const { body } = await backups({ instanceId: MYSQL.instanceId });
    const row = body.result.backup.find((b: { backupId: string }) => b.backupId === 'mybk-1');
    for (const name of ['backupType', 'backupUnit', 'backupFiles']) {
      expect(row).not.toHaveProperty(name);
    }
    expect(row).toMatchObject({ backupStatus: 'COMPLETED', backupSizeByte: 3 });
    expect(row.backupStartTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  });

  it('lists the backups of a deleted instance as RETAINED', async () => {
    const { body } = await backups({ instanceId: DEAD.instanceId });
    expect(body.result.backup).toMatchObject([
      { backupId: 'sqlbk-r', backupStatus: 'RETAINED', backupFiles: ['shop.bak'] },
    ]);
  });

  it('responds with 404 for an instance that never existed', async () => {
    const { status, body } = await backups({ instanceId: 'mysql-none' });
    expect([status, body.error.status]).toEqual([404, 'NOT_FOUND']);
  });

  it.each([
    [{ pageNumber: '0' }],
    [{ pageNumber: '-2' }],
    [{ pageNumber: '1.5' }],
    [{ pageNumber: '' }],
    [{ pageSize: '5' }],
    [{ pageSize: '15' }],
    [{ pageSize: '110' }],
    [{ pageSize: '1e1' }],
    [{ instanceId: '' }],
    [{ auto: '2' }],
    [{ backupTypeFilter: 'log' }],
    [{ backupTimeRangeStartFilter: 'yesterday' }],
    [{ 'filters.1.name': 'size', 'filters.1.values.1': '1' }],
    [{ 'filters.1.name': 'backupId' }],
    [{ 'filters.1.name': 'backupId', 'filters.1.operator': 'like', 'filters.1.values.1': 'x' }],
    [{ 'filters.x': 'y' }],
  ])('rejects %j', async (query) => {
    const { status, body } = await backups(query);
    expect([status, body.error.status]).toEqual([400, 'INVALID_ARGUMENT']);
  });

  it.each<[Record<string, string>, string[]]>([
    [{ pageNumber: '-1' }, ['sqlbk-2', 'sqlbk-1']],
    [{ pageNumber: '7' }, ['sqlbk-2', 'sqlbk-1']],
    [{ auto: '1' }, ['sqlbk-1']],
    [{ auto: '0' }, ['sqlbk-2']],
    [{ backupTypeFilter: 'diff' }, ['sqlbk-2']],
    [{ dbNameFilter: 'crm' }, ['sqlbk-1']],
    [{ backupTimeRangeStartFilter: '2020-01-07 15:14:08' }, ['sqlbk-2']],
    [{ backupTimeRangeEndFilter: '2020-01-07T15:14:07' }, ['sqlbk-1']],
    [{ 'filters.1.name': 'backupId', 'filters.1.values.1': 'sqlbk-1' }, ['sqlbk-1']],
    [
      {
        'filters.2.name': 'backupName',
        'filters.2.operator': 'like',
        'filters.2.values.1': 'ly o',
      },
      ['sqlbk-1'],
    ],
    [{ 'filters.1.name': 'backupName', 'filters.1.values.1': 'nightly' }, []],
    [
      {
        'filters.1.name': 'instanceName',
        'filters.1.operator': 'eq',
        'filters.1.values.1': 'shop',
      },
      ['sqlbk-2', 'sqlbk-1'],
    ],
  ])('accepts %j', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });
});

describe('instances', () => {
  const filter = (name: string, ...values: string[]) => ({
    'filters.1.name': name,
    'filters.1.operator': 'eq',
    ...Object.fromEntries(values.map((value, i) => [`filters.1.values.${i + 1}`, value])),
  });

  it.each<[Record<string, string>, string[]]>([
    [{}, ['mysql-1', 'pg-1', 'sqlserver-1']],
    [filter('engine', 'SQL Server'), ['sqlserver-1']],
    [filter('engine', 'sqlserver'), ['sqlserver-1']],
    [filter('engine', 'my-sql', 'POSTGRESQL'), ['mysql-1', 'pg-1']],
    [filter('engine', 'Oracle'), []],
    [filter('instanceId', 'pg-1', 'mysql-1'), ['mysql-1', 'pg-1']],
    [filter('chargeMode', 'postpaid'), ['mysql-1']],
    [filter('instanceStatus', 'RUNNING'), ['mysql-1', 'pg-1', 'sqlserver-1']],
    [filter('engineVersion', '5.7'), []],
  ])('with %j', async (query, expected) => {
    const { body } = await call([...PATH, 'instances'], { query });
    const ids = body.result.dbInstances.map((i: { instanceId: string }) => i.instanceId);
    expect(ids).toEqual(expected);
    expect(body.result.totalCount).toBe(expected.length);
  });

  it('are described one by one, and are 404 once deleted', async () => {
    const { body } = await call([...PATH, 'instances', 'sqlserver-1']);
    expect(body.result.dbInstanceAttributes).toMatchObject({
      instanceId: 'sqlserver-1',
      regionId: REGION,
      engine: 'SQL Server',
    });
    expect((await call([...PATH, 'instances', DEAD.instanceId])).status).toBe(404);
    expect((await call(['v1', 'regions', 'cn-south-1', 'instances', 'sqlserver-1'])).status).toBe(
      404,
    );
  });
});

describe('an engine in another spelling', () => {
  it('is reported as the API spells it', async () => {
    const { body } = await call([...PATH, 'instances', 'mysql-1']);
    expect(body.result.dbInstanceAttributes).toMatchObject({ engine: 'MySQL' });
  });
});

describe('describeBackupDownloadURL', () => {
  const at = { date: NOW };
  const expiresIn = (link: string) =>
    Number(new URL(link).searchParams.get('Expires')) - NOW.getTime() / 1000;

  it.each([
    ['SQL Server, default', 'fixed', sql, { fileName: 'shop.bak' }, 86_400],
    ['SQL Server, 1 s', 'fixed', sql, { fileName: 'shop.bak', urlExpirationSecond: '1' }, 1],
    ['SQL Server, 60 s', 'settable', sql, { fileName: 'shop.bak', urlExpirationSecond: '60' }, 60],
    [
      'SQL Server, 24 h',
      'fixed',
      sql,
      { fileName: 'crm.bak', urlExpirationSecond: '86400' },
      86_400,
    ],
    ['deleted SQL Server', 'fixed', retained, { fileName: 'shop.bak' }, 86_400],
    ['MySQL, fixed', 'fixed', mysql, {}, 86_400],
    ['MySQL, settable, default', 'settable', mysql, {}, 300],
    ['MySQL, settable, 60 s', 'settable', mysql, { urlExpirationSecond: '60' }, 60],
  ] as const)('issues a link: %s', async (_, mode, backup, query, lifetime) => {
    const { origin } = mode === 'fixed' ? fixed : settable;
    const { status, body } = await linksOf(origin, backup, query, at);
    expect(status).toBe(200);
    expect(expiresIn(body.result.publicURL)).toBe(lifetime);
    expect(body.result.publicURL).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect(body.result.internalURL).toMatch(/^http:\/\/localhost:/);
  });

  it.each(['0', '-1', '86401', '864000', '1e3', '60.5', ' ', 'abc', '', '01', '٣', '2147483647'])(
    'rejects the lifetime "%s"',
    async (urlExpirationSecond) => {
      const query = { fileName: 'shop.bak', urlExpirationSecond };
      const { status, body } = await linksOf(fixed.origin, sql, query, at);
      expect([status, body.error.status]).toEqual([400, 'INVALID_ARGUMENT']);
      expect(body.error.message).toContain('1 to 86400');
    },
  );

  it.each([
    ['no file name for SQL Server', sql, {}, 'INVALID_ARGUMENT'],
    ['an empty file name', sql, { fileName: '' }, 'INVALID_ARGUMENT'],
    ['a file that is not there', sql, { fileName: 'nope.bak' }, 'INVALID_ARGUMENT'],
    ['a name in another case', sql, { fileName: 'SHOP.bak' }, 'INVALID_ARGUMENT'],
    ['a file name for MySQL', mysql, { fileName: 'mybk-1.xbstream' }, 'INVALID_ARGUMENT'],
    ['an empty file name for MySQL', mysql, { fileName: '' }, 'INVALID_ARGUMENT'],
    ['a lifetime for MySQL', mysql, { urlExpirationSecond: '60' }, 'INVALID_ARGUMENT'],
    ['the default lifetime for MySQL', mysql, { urlExpirationSecond: '86400' }, 'INVALID_ARGUMENT'],
    ['PostgreSQL', postgres, {}, 'FAILED_PRECONDITION'],
  ])('rejects %s', async (_, backup, query, code) => {
    const { status, body } = await linksOf(fixed.origin, backup, query, at);
    expect([status, body.error.status]).toEqual([400, code]);
  });

  it.each([
    ['is building', building, { fileName: 'shop.bak' }],
    ['has no file', empty, {}],
    ['has several files where the set must be one', several, {}],
  ])('returns empty strings while a backup %s', async (_, backup, query) => {
    const { status, body } = await linksOf(fixed.origin, backup, query, at);
    expect(status).toBe(200);
    expect(body.result).toEqual({ publicURL: '', internalURL: '' });
  });

  it('requires a file name even while a SQL Server backup is building', async () => {
    expect((await linksOf(fixed.origin, building, {}, at)).status).toBe(400);
  });

  it('responds with 404 for a backup that does not exist, or not in this region', async () => {
    const missing = await linksOf(fixed.origin, { ...sql, backupId: 'none' }, {}, at);
    expect([missing.status, missing.body.error.status]).toEqual([404, 'NOT_FOUND']);
    const elsewhere = await linksOf(fixed.origin, { ...sql, regionId: 'cn-east-2' }, {}, at);
    expect(elsewhere.status).toBe(404);
  });

  it('finds a backup added while it runs', async () => {
    const added = { ...MYSQL, backupId: 'mybk-new' };
    expect((await linksOf(fixed.origin, added, {}, at)).status).toBe(404);
    await writeBackup(folder.path, added, { files: { set: 'new' } });
    expect((await linksOf(fixed.origin, added, {}, at)).status).toBe(200);
  });
});
