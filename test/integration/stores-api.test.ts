import { beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../helpers/closing.js';
import { startEmbedded, type TestEmbedded, type TestEmbeddedOptions } from '../helpers/embedded.js';
import { backupsOf, linksOf, signedCall } from '../helpers/signed-call.js';
import { describeWithSwift, startSwift } from '../helpers/swift.js';

/** A store with what `OBJECTS` says, by path below the root of the layout. */
interface Place {
  start(options: TestEmbeddedOptions): Promise<TestEmbedded>;
  /** Seconds that a link is valid. */
  lifetimeOf(link: URLSearchParams): number;
}

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

const CONTENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'sqlserver-1/sqlbk-1': { 'shop.bak': 'shop', 'crm.bak': 'crm!' },
  'mysql-1/mybk-1': { 'mybk-1.xbstream': 'set' },
  'mysql-1/mybk-several': { a: '1', b: '2' },
  'sqlserver-dead1/sqlbk-r': { 'shop.bak': 'old' },
  'pg-1/pgbk-1': { dump: 'x' },
  // One id under two instances, names that are awkward in links, and files that are no backup files.
  'mysql-1/2026-01-07': { '订单 %2B+.sql': 'first' },
  'mysql-2/2026-01-07': { 'second.sql': 'second', '.second.sql.a8Kd': 'x', 'Thumbs.db': 'x' },
  // Not whole.
  'sqlserver-2/sqlbk-3': { 'shop.bak': '01234' },
};

const MANIFESTS: Readonly<Record<string, object | string>> = {
  'sqlserver-1/instance': { engine: 'SQL Server', instanceName: 'shop' },
  'sqlserver-2/instance': { engine: 'SQL Server' },
  'sqlserver-broken/instance': '{"engine": 5}',
  'mysql-1/instance': { engine: 'mysql', charge: { chargeMode: 'postpaid' } },
  'mysql-2/instance': { engine: 'MySQL' },
  'pg-1/instance': { engine: 'PostgreSQL' },
  'sqlserver-1/sqlbk-1/backup': {
    backupStartTime: '2020-01-07 15:14:07',
    backupName: 'nightly one',
    backupType: 'full',
    backupMode: 'auto',
  },
  'sqlserver-1/sqlbk-2/backup': {
    backupStartTime: '2020-01-08T15:14:07',
    backupStatus: 'BUILDING',
    backupType: 'diff',
    backupMode: 'manual',
  },
  'sqlserver-1/sqlbk-broken/backup': '{"backupName": ',
  'sqlserver-2/sqlbk-3/backup': { backupFiles: ['shop.bak', 'crm.bak'] },
  'mysql-1/mybk-empty/backup': {},
};

const OBJECTS: Readonly<Record<string, string>> = Object.fromEntries([
  ...Object.entries(MANIFESTS).map(([path, content]) => [
    `${REGION}/${path}.json`,
    typeof content === 'string' ? content : JSON.stringify(content),
  ]),
  ...Object.entries(CONTENTS).flatMap(([path, files]) =>
    Object.entries(files).map(([name, text]) => [`${REGION}/${path}/files/${name}`, text]),
  ),
]);

async function inFolder(): Promise<Place> {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(OBJECTS)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return {
    start: (options) => startEmbedded(folder, options),
    lifetimeOf: (link) => Number(link.get('Expires')) - Math.round(NOW.getTime() / 1000),
  };
}

async function inBucket(): Promise<Place> {
  const swift = await startSwift();
  const bucket = await swift.createBucket();
  const objects = Object.entries(OBJECTS).map(([path, text]) => [`own/${path}`, text]);
  await swift.fill(bucket, Object.fromEntries(objects));
  return {
    start: (options) => startEmbedded(swift.config(bucket, 'own/'), options),
    lifetimeOf: (link) => Number(link.get('X-Amz-Expires')),
  };
}

describe('the API over a folder', () => {
  everyStore(inFolder);
});

describeWithSwift('the API over a bucket', () => {
  everyStore(inBucket);
});

function everyStore(open: () => Promise<Place>): void {
  let place: Place;
  let fixed: TestEmbedded;
  let settable: TestEmbedded;

  beforeAll(async () => {
    place = await open();
    fixed = await place.start({ now: () => NOW });
    settable = await place.start({ now: () => NOW, mySqlLinkExpiry: 'settable' });
  });

  const at = { date: NOW };
  const call = (path: readonly string[], query = {}) =>
    signedCall<any>(fixed.origin, path, { ...at, query });
  const backups = (query: Record<string, string> = {}) => backupsOf(fixed.origin, SQL, query, at);

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
      [{}, ['mysql-1', 'mysql-2', 'pg-1', 'sqlserver-1', 'sqlserver-2']],
      [filter('engine', 'SQL Server'), ['sqlserver-1', 'sqlserver-2']],
      [filter('engine', 'sqlserver'), ['sqlserver-1', 'sqlserver-2']],
      [filter('engine', 'my-sql', 'POSTGRESQL'), ['mysql-1', 'mysql-2', 'pg-1']],
      [filter('engine', 'Oracle'), []],
      [filter('instanceId', 'pg-1', 'mysql-1'), ['mysql-1', 'pg-1']],
      [filter('chargeMode', 'postpaid'), ['mysql-1']],
      [
        filter('instanceStatus', 'RUNNING'),
        ['mysql-1', 'mysql-2', 'pg-1', 'sqlserver-1', 'sqlserver-2'],
      ],
      [filter('engineVersion', '5.7'), []],
    ])('with %j', async (query, expected) => {
      const { body } = await call([...PATH, 'instances'], query);
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
      // In the spelling of the API, whatever that of the file.
      const mysql = await call([...PATH, 'instances', 'mysql-1']);
      expect(mysql.body.result.dbInstanceAttributes).toMatchObject({ engine: 'MySQL' });
      expect((await call([...PATH, 'instances', DEAD.instanceId])).status).toBe(404);
      const elsewhere = await call(['v1', 'regions', 'cn-south-1', 'instances', 'sqlserver-1']);
      expect(elsewhere.status).toBe(404);
    });
  });

  describe('describeBackupDownloadURL', () => {
    it.each([
      ['SQL Server, default', 'fixed', sql, { fileName: 'shop.bak' }, 86_400],
      ['SQL Server, 1 s', 'fixed', sql, { fileName: 'shop.bak', urlExpirationSecond: '1' }, 1],
      [
        'SQL Server, 60 s',
        'settable',
        sql,
        { fileName: 'shop.bak', urlExpirationSecond: '60' },
        60,
      ],
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
      const { publicURL } = body.result;
      expect(place.lifetimeOf(new URL(publicURL).searchParams)).toBe(lifetime);
      // A link of a second can be over by now.
      if (lifetime === 1) return;
      const text = await (await fetch(publicURL)).text();
      const files: Record<string, string> =
        CONTENTS[`${backup.instanceId}/${backup.backupId}`] ?? {};
      expect(text).toBe(files['fileName' in query ? query.fileName : 'mybk-1.xbstream']);
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
      [
        'the default lifetime for MySQL',
        mysql,
        { urlExpirationSecond: '86400' },
        'INVALID_ARGUMENT',
      ],
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

    it('leaves out what an invalid JSON file describes, and that alone, with one warning', async () => {
      const broken = { ...SQL, backupId: 'sqlbk-broken' };
      expect((await linksOf(fixed.origin, broken, {}, at)).status).toBe(404);
      for (const path of ['sqlserver-1/sqlbk-broken/backup.json', 'sqlserver-broken/instance.json'])
        expect(fixed.lines(40).filter((line) => JSON.stringify(line).includes(path))).toHaveLength(
          1,
        );
    });

    it('names what a backup lacks, and links the rest', async () => {
      const backup = { regionId: REGION, instanceId: 'sqlserver-2', backupId: 'sqlbk-3' };
      const { body } = await backups({ instanceId: backup.instanceId });
      expect(body.result.backup).toMatchObject([
        {
          backupFiles: ['shop.bak', 'crm.bak'],
          backupFileSizeByte: [5, null],
          unavailableFiles: ['crm.bak'],
        },
      ]);
      expect(body.result.backup[0]).not.toHaveProperty('backupSizeByte');
      const [there, missing] = await Promise.all(
        ['shop.bak', 'crm.bak'].map((fileName) => linksOf(fixed.origin, backup, { fileName }, at)),
      );
      expect(await (await fetch(there!.body.result.publicURL)).text()).toBe('01234');
      expect(missing?.body.result).toEqual({ publicURL: '', internalURL: '' });
    });

    it('gives the link of the instance that is named where several have the id', async () => {
      const twin = { regionId: REGION, backupId: '2026-01-07' };
      for (const [instanceId, text] of [
        ['mysql-1', 'first'],
        ['mysql-2', 'second'],
      ] as const) {
        const { body } = await linksOf(fixed.origin, twin, { instanceId }, at);
        expect(await (await fetch(body.result.publicURL)).text()).toBe(text);
      }
      const { status, body } = await linksOf(fixed.origin, twin, {}, at);
      expect([status, body.error.status]).toEqual([400, 'FAILED_PRECONDITION']);
      expect(body.error.message).toContain('one of mysql-1, mysql-2');
      const logged = { backupId: twin.backupId, instances: ['mysql-1', 'mysql-2'] };
      expect(fixed.lines(40)).toContainEqual(expect.objectContaining(logged));
      const third = await linksOf(fixed.origin, twin, { instanceId: 'pg-1' }, at);
      expect(third.status).toBe(404);
    });
  });
}
