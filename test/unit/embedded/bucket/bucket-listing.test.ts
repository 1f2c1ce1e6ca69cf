import { describe, expect, it } from '@jest/globals';
import { openBucket } from '../../../../src/embedded/bucket/bucket-store.js';
import { createStoreClient } from '../../../../src/embedded/bucket/store-client.js';
import { createLogger } from '../../../../src/telemetry/logger.js';
import { openTestBucket, type TestBucketStore } from '../../../helpers/bucket-store.js';
import {
  listing,
  type ScriptedStore,
  startScriptedStore,
  type StoreReply,
} from '../../../helpers/scripted-s3.js';
import { until } from '../../../helpers/until.js';

const KEYS = ['bk-1', 'bk-2', 'bk-3'].map((id) => `own/cn-north-1/mysql-1/${id}/files/set.sql`);
const INSTANCE_OF_R = { regionId: 'r', instanceId: 'mysql-1' };
const INSTANCE = { regionId: 'cn-north-1', instanceId: 'mysql-1' };

let store: ScriptedStore;
let bucket: TestBucketStore;

/** Lists page by page: what the script says for each token; without a token, for ''. */
function pages(script: Readonly<Record<string, StoreReply>>): void {
  store.intercept(({ operation, query }) =>
    operation === 'list' ? script[query.get('continuation-token') ?? ''] : undefined,
  );
}

const ids = async (): Promise<string[]> =>
  ((await bucket.catalogue.backups(INSTANCE)) ?? []).map(({ key }) => key.backupId).sort();

const page = (keys: readonly string[], token?: string, isTruncated = true): StoreReply =>
  listing(keys, undefined, { isTruncated, ...(token !== undefined && { token }) });

const ENDLESS: readonly (readonly [string, () => Record<string, StoreReply>])[] = [
  ['says that there is more, and not where', () => ({ '': page(KEYS.slice(0, 1)) })],
  [
    'names the same place twice',
    () => ({ '': page(KEYS.slice(0, 1), 'a'), a: page(KEYS.slice(1, 2), 'a') }),
  ],
  [
    'comes back to a place it was at',
    () => ({
      '': page(KEYS.slice(0, 1), 'a'),
      a: page(KEYS.slice(1, 2), 'b'),
      b: page(KEYS.slice(2), 'a'),
    }),
  ],
  [
    'names a new place each time and sends the same keys',
    () =>
      Object.fromEntries(
        ['', ...Array.from({ length: 50 }, (_, i) => String(i))].map((token, i) => [
          token,
          page(KEYS, String(i)),
        ]),
      ),
  ],
];

it.each(ENDLESS)(
  'a listing that %s stops the start, naming the setting, after one page more at most',
  async (_, script) => {
    store = await startScriptedStore();
    pages(script());
    await expect(openTestBucket(store.config())).rejects.toThrow('EMBEDDED_BUCKET');
    expect(store.count('list')).toBeLessThanOrEqual(4);
  },
);

it('a listing without an end costs nothing of what was known, and one warning', async () => {
  store = await startScriptedStore(Object.fromEntries(KEYS.map((key) => [key, 'x'])));
  bucket = await openTestBucket(store.config({ refreshMs: 5 }));
  pages({ '': page(KEYS.slice(0, 1)) });
  const before = store.count('list');
  await until(() => store.count('list') > before + 3);
  expect(await ids()).toEqual(['bk-1', 'bk-2', 'bk-3']);
  expect(bucket.told('cannot list the bucket')).toHaveLength(1);
});

it('stops at a bound where each page has new keys and a new token, endlessly', async () => {
  store = await startScriptedStore();
  let page = 0;
  store.intercept(({ operation }) => {
    if (operation !== 'list') return undefined;
    page += 1;
    const keys = Array.from({ length: 100 }, (_, i) => `own/r/i-1/bk-${page}-${i}/files/x`);
    return listing(keys, undefined, { isTruncated: true, token: String(page) });
  });
  const logger = createLogger('silent');
  const { sdk, clock } = openBucket({ config: store.config(), logger });
  const client = createStoreClient(sdk, 'backups', clock, { maxObjects: 1000 });
  const read = async (): Promise<void> => {
    for await (const objects of client.list('own/')) expect(objects).toHaveLength(100);
  };
  await expect(read()).rejects.toMatchObject({ code: 'LISTING_WITHOUT_END' });
  expect(page).toBe(11);
  sdk.destroy();
});

it('continues after an empty page, and returns tokens unchanged', async () => {
  store = await startScriptedStore();
  pages({ '': page([], 'a+b/c='), 'a+b/c=': page(KEYS, undefined, false) });
  bucket = await openTestBucket(store.config());
  expect(await ids()).toEqual(['bk-1', 'bk-2', 'bk-3']);
});

it('takes a page that is not truncated for the last, whatever token it has', async () => {
  store = await startScriptedStore();
  pages({ '': page(KEYS, 'more', false) });
  bucket = await openTestBucket(store.config());
  expect(await ids()).toHaveLength(3);
  expect(store.count('list')).toBe(1);
});

it('takes markers of folders for nothing, and no keys of its neighbours', async () => {
  store = await startScriptedStore({
    'own/': '',
    'own/cn-north-1/': '',
    'own/cn-north-1/mysql-1/': '',
    'own/cn-north-1/mysql-1/bk-1/files/': '',
    'own/cn-north-1/mysql-1/bk-1/files/dump.sql.gz': 'x',
    'own/cn-north-1/mysql-1/bk-0/files/': '',
    'own/cn-north-1/mysql-10/bk-9/files/x.sql': 'x',
    'own2/cn-north-1/mysql-2/bk-1/files/x.sql': 'x',
    'own//x': 'x',
    'own/cn-north-1/sqlserver-1/instance.json': '{"engine": "SQL Server"}',
    'own/cn-north-1/sqlserver-1/bk-3/files/empty.bak': '',
    'own/cn-north-1/sqlserver-1/bk-3/files/sub/deep.bak': 'x',
    'own/cn-north-1/sqlserver-1/bk-4/.incomplete': '',
    'own/cn-north-1/sqlserver-1/bk-4/backup.json': '{}',
    'own/cn-north-1/sqlserver-1/bk-4/files/half.bak': 'x',
  });
  bucket = await openTestBucket(store.config());
  const { catalogue } = bucket;
  expect(await catalogue.regions()).toEqual(['cn-north-1']);
  expect(await ids()).toEqual(['bk-1']);
  expect((await bucket.backup('cn-north-1/mysql-1/bk-1'))?.files).toHaveLength(1);
  expect(await bucket.backup('cn-north-1/mysql-10/bk-9')).not.toBeNull();
  const sqlServer = { regionId: 'cn-north-1', instanceId: 'sqlserver-1' };
  const files = (await catalogue.backups(sqlServer))?.flatMap((backup) => backup.files);
  expect(files?.map(({ name, size }) => ({ name, size }))).toEqual([
    { name: 'empty.bak', size: 0 },
  ]);
  expect((await bucket.link('cn-north-1/sqlserver-1/bk-3'))?.publicURL).toContain('empty.bak');
  expect(bucket.told('')).toMatchObject([{ level: 30, msg: 'read the backups', backups: 3 }]);
  // Nothing outside of the prefix was asked for.
  expect(store.calls.filter(({ query }) => query.get('prefix') !== 'own/')).toEqual(
    store.calls.filter(({ operation }) => operation !== 'list'),
  );
});

it('reads a json file once for each content, and sees what is new, changed and gone', async () => {
  store = await startScriptedStore({
    'own/r/mysql-1/instance.json': '{"engine": "MySQL", "instanceName": "first"}',
    'own/r/mysql-1/bk-1/backup.json': '{"backupName": "one"}',
    'own/r/mysql-1/bk-1/files/set': 'x',
  });
  bucket = await openTestBucket(store.config({ refreshMs: 5 }));
  await until(() => store.count('list') > 5);
  expect(store.count('get')).toBe(2);
  store.objects.set('own/r/mysql-1/bk-1/backup.json', { body: '{"backupName": "two"}' });
  store.objects.set('own/r/mysql-1/bk-2/files/set', { body: 'y' });
  await until(async () => (await bucket.backup('r/mysql-1/bk-2')) !== null);
  expect((await bucket.backup('r/mysql-1/bk-1'))?.manifest.backupName).toBe('two');
  expect(store.count('get')).toBe(3);
  store.objects.delete('own/r/mysql-1/bk-1/backup.json');
  store.objects.delete('own/r/mysql-1/bk-1/files/set');
  store.objects.delete('own/r/mysql-1/instance.json');
  await until(async () => (await bucket.backup('r/mysql-1/bk-1')) === null);
  expect(await bucket.catalogue.instance({ regionId: 'r', instanceId: 'mysql-1' })).toBeNull();
  expect((await bucket.backup('r/mysql-1/bk-2'))?.manifest.backupStatus).toBe('RETAINED');
});

describe('files elsewhere in the bucket', () => {
  const ID = 'r/s-1/bk-1';
  async function open(objects: readonly string[], there: readonly string[]): Promise<void> {
    store = await startScriptedStore({
      'own/r/s-1/instance.json': '{"engine": "SQL Server"}',
      [`own/${ID}/backup.json`]: JSON.stringify({ objects }),
      ...Object.fromEntries(there.map((key) => [key, `content of ${key}`])),
    });
    bucket = await openTestBucket(store.config({ refreshMs: 5 }));
  }
  const found = async (): Promise<[string, string][]> =>
    ((await bucket.backup(ID))?.files ?? []).map(({ name, objectKey = '' }) => [name, objectKey]);

  it('are served by their keys, and make a whole backup', async () => {
    await open(['mssql/shop.bak', 'shop.diff'], ['mssql/shop.bak', 'shop.diff']);
    const backup = await bucket.backup(ID);
    expect(await found()).toEqual([
      ['shop.bak', 'mssql/shop.bak'],
      ['shop.diff', 'shop.diff'],
    ]);
    expect(backup).toMatchObject({ unavailableFiles: [], manifest: { backupSizeByte: 45 } });
    expect((await bucket.link(ID))?.publicURL).toContain('/backups/mssql/shop.bak?');
    expect(bucket.told('not whole')).toEqual([]);
  });

  it.each([
    ['one of four is missing', 'm/4.bak', '4.bak'],
    ['a key cannot be in a link', 'm/../4.bak', '4.bak'],
    ['a key marks a folder', 'm/four/', 'm_four_'],
  ])('are not all where %s: it is named, and so are they', async (_, key, name) => {
    await open(['m/1.bak', 'm/2.bak', 'm/3.bak', key], ['m/1.bak', 'm/2.bak', 'm/3.bak']);
    const backup = await bucket.backup(ID);
    expect(backup?.files.map((file) => file.name)).toEqual(['1.bak', '2.bak', '3.bak']);
    expect(backup?.unavailableFiles).toEqual([name]);
    expect(backup?.manifest.backupSizeByte).toBeUndefined();
    const lists = store.count('list');
    await until(() => store.count('list') > lists + 3);
    expect(bucket.told('not whole')).toMatchObject([
      { level: 40, count: 1, backup: ID, unavailable: [name] },
    ]);
  });

  it('are distinguished where their last segments are equal', async () => {
    const keys = ['a/x.bak', 'b/x.bak', 'b/y.bak', 'x.diff', 'a/x.bak'];
    await open(keys, [...keys, `own/${ID}/files/x.diff`]);
    expect(await found()).toEqual([
      ['_x.diff', 'x.diff'],
      ['a_x.bak', 'a/x.bak'],
      ['b_x.bak', 'b/x.bak'],
      ['x.diff', ''],
      ['y.bak', 'b/y.bak'],
    ]);
    const link = await bucket.link(ID, 60, 'b_x.bak');
    expect(await (await fetch(link!.publicURL)).text()).toBe('content of b/x.bak');
    expect(link?.publicURL).toContain('filename%3D%22b_x.bak');
  });
});

it('names files of the folder of a backup whose keys no link can carry', async () => {
  store = await startScriptedStore({
    'own/r/s-1/instance.json': '{"engine": "SQL Server"}',
    'own/r/s-1/bk-1/files/shop.bak': 'x',
    'own/r/s-1/bk-1/files/two\nlines.bak': 'x',
  });
  bucket = await openTestBucket(store.config());
  expect(await bucket.backup('r/s-1/bk-1')).toMatchObject({
    files: [{ name: 'shop.bak' }],
    unavailableFiles: ['two\nlines.bak'],
  });
});

it('knows the bytes of an object that is listed without them', async () => {
  store = await startScriptedStore({
    'own/r/mysql-1/instance.json': '{"engine": "MySQL"}',
    'own/r/mysql-1/bk-1/files/set': 'the segments',
    'own/r/mysql-1/bk-2/files/set': '',
  });
  // As OpenStack Swift lists a dynamic large object.
  store.intercept(({ operation }) =>
    operation === 'list' ? listing([...store.objects.keys()].sort(), new Map()) : undefined,
  );
  bucket = await openTestBucket(store.config());
  const sizes = (await bucket.catalogue.backups(INSTANCE_OF_R))?.map(
    ({ key, manifest }) => [key.backupId, manifest.backupSizeByte] as const,
  );
  expect(new Map(sizes)).toEqual(
    new Map([
      ['bk-1', 12],
      ['bk-2', 0],
    ]),
  );
});

it.each([
  ['in the year 10000', '10000-01-01T00:00:00.000Z', 'Sat, 01 Jan 10000 00:00:00 GMT'],
  ['in two hours', new Date(Date.now() + 7_200_000).toISOString(), undefined],
  ['that is none', 'yesterday', 'yesterday'],
])('takes a time of an object %s for now', async (_, modifiedAt, header) => {
  store = await startScriptedStore();
  const headers = header === undefined ? {} : { 'Last-Modified': header };
  store.objects.set('own/r/mysql-1/bk-1/files/set', { body: 'x', modifiedAt, headers });
  store.objects.set('own/r/mysql-1/bk-2/files/set', { body: 'y' });
  const before = Date.now();
  bucket = await openTestBucket(store.config(), { timeZone: '+00:00' });
  const start = (await bucket.backup('r/mysql-1/bk-1'))?.manifest.backupStartTime;
  const startedAt = Date.parse(`${start}Z`);
  expect(startedAt).toBeGreaterThan(before - 2000);
  expect(startedAt).toBeLessThan(Date.now() + 2000);
  expect((await bucket.link('r/mysql-1/bk-1'))?.file.size).toBe(1);
  expect(await bucket.backup('r/mysql-1/bk-2')).not.toBeNull();
});

it('reads no more of a json file without a length than one may have', async () => {
  store = await startScriptedStore({ 'own/r/mysql-1/bk-1/files/set': 'x' });
  store.objects.set('own/r/mysql-1/bk-1/backup.json', { body: '{}' });
  store.intercept(({ operation }) =>
    operation === 'get'
      ? { headers: { 'Transfer-Encoding': 'chunked' }, body: `"${'x'.repeat(5 * 1024 ** 2)}"` }
      : undefined,
  );
  bucket = await openTestBucket(store.config());
  expect(bucket.told('invalid JSON manifest')).toMatchObject([
    { faults: ['larger than 1048576 bytes'] },
  ]);
});
