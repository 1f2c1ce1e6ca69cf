import { afterEach, describe, expect, it } from '@jest/globals';
import { openTestBucket, type TestBucketStore } from '../../../helpers/bucket-store.js';
import {
  listing,
  type ScriptedStore,
  startScriptedStore,
  type StoreReply,
} from '../../../helpers/scripted-s3.js';
import { until } from '../../../helpers/until.js';

const KEYS = ['bk-1', 'bk-2', 'bk-3'].map((id) => `own/cn-north-1/mysql-1/${id}/files/set.sql`);
const INSTANCE = { regionId: 'cn-north-1', instanceId: 'mysql-1' };

let store: ScriptedStore;
let bucket: TestBucketStore | undefined;
afterEach(async () => {
  await bucket?.close();
  bucket = undefined;
  await store.close();
});

/** Lists page by page: what the script says for each token; without a token, for ''. */
function pages(script: Readonly<Record<string, StoreReply>>): void {
  store.intercept(({ operation, query }) =>
    operation === 'list' ? script[query.get('continuation-token') ?? ''] : undefined,
  );
}

const ids = async (): Promise<string[]> =>
  ((await bucket?.catalogue.backups(INSTANCE)) ?? []).map(({ key }) => key.backupId).sort();

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

describe.each(ENDLESS)('a store whose listing %s', (_, script) => {
  it('stops the start, naming the setting, after one page more at most', async () => {
    store = await startScriptedStore();
    pages(script());
    await expect(openTestBucket(store.config())).rejects.toThrow('EMBEDDED_BUCKET');
    expect(store.count('list')).toBeLessThanOrEqual(4);
  });

  it('costs nothing of what was known, and one warning', async () => {
    store = await startScriptedStore(Object.fromEntries(KEYS.map((key) => [key, 'x'])));
    bucket = await openTestBucket(store.config({ refreshMs: 5 }));
    pages(script());
    const before = store.count('list');
    await until(() => store.count('list') > before + 12);
    expect(await ids()).toEqual(['bk-1', 'bk-2', 'bk-3']);
    expect(bucket.told('cannot be listed')).toHaveLength(1);
  });
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
  await until(async () => (await bucket?.backup('r/mysql-1/bk-2')) !== null);
  expect((await bucket.backup('r/mysql-1/bk-1'))?.manifest.backupName).toBe('two');
  expect(store.count('get')).toBe(3);
  store.objects.delete('own/r/mysql-1/bk-1/backup.json');
  store.objects.delete('own/r/mysql-1/bk-1/files/set');
  store.objects.delete('own/r/mysql-1/instance.json');
  await until(async () => (await bucket?.backup('r/mysql-1/bk-1')) === null);
  expect(await bucket.catalogue.instance({ regionId: 'r', instanceId: 'mysql-1' })).toBeNull();
  expect((await bucket.backup('r/mysql-1/bk-2'))?.manifest.backupStatus).toBe('RETAINED');
});

it('takes files elsewhere in the bucket by their keys', async () => {
  const objects = [
    'mssql/shop.bak',
    'mssql/gone.bak',
    'mssql/../up.bak',
    'mssql/dir/',
    'b/shop.bak',
  ];
  store = await startScriptedStore({
    'own/r/s-1/instance.json': '{"engine": "SQL Server"}',
    'own/r/s-1/bk-1/backup.json': JSON.stringify({ objects }),
    'mssql/shop.bak': 'content',
    'b/shop.bak': 'of the same name',
  });
  bucket = await openTestBucket(store.config());
  const files = (await bucket.backup('r/s-1/bk-1'))?.files;
  expect(files).toMatchObject([{ name: 'shop.bak', size: 7, objectKey: 'mssql/shop.bak' }]);
  expect((await bucket.link('r/s-1/bk-1'))?.publicURL).toContain('/backups/mssql/shop.bak?');
  expect(bucket.told('left out')).toMatchObject([{ count: 4 }]);
});
