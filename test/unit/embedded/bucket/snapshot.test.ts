import { beforeEach, describe, expect, it } from '@jest/globals';
import { openTestBucket, type TestBucketStore } from '../../../helpers/bucket-store.js';
import {
  refusal,
  type ScriptedStore,
  startScriptedStore,
  type StoreCall,
  type StoreReply,
} from '../../../helpers/scripted-s3.js';
import { until } from '../../../helpers/until.js';

const INDEX = 'own/.backup-index.jsonl';
const INSTANCE = { regionId: 'r', instanceId: 'mysql-1' };
const COUNT = 120;
/** With instance.json. */
const MANIFESTS = COUNT + 1;
const keyOf = (n: number, name = 'backup.json') => `own/r/mysql-1/bk-${n}/${name}`;

let store: ScriptedStore;

beforeEach(async () => {
  store = await startScriptedStore({ 'own/r/mysql-1/instance.json': '{"engine": "MySQL"}' });
  for (let n = 1; n <= COUNT; n += 1) {
    store.objects.set(keyOf(n), { body: `{"backupName": "name ${n}"}` });
    store.objects.set(keyOf(n, 'files/set'), { body: `${n}` });
  }
});

const start = () => openTestBucket(store.config());
const index = () => store.objects.get(INDEX)?.body ?? '';
const saved = () => until(() => store.objects.has(INDEX));
const told = (bucket: TestBucketStore) => bucket.told('backup index');

/** GETs of everything but the index since it was called last. */
function takeGets(): string[] {
  const gets = store.calls.filter(({ operation, key }) => operation === 'get' && key !== INDEX);
  store.calls.length = 0;
  return gets.map(({ key }) => key);
}

async function names(bucket: TestBucketStore): Promise<Map<string, string | undefined>> {
  const backups = (await bucket.catalogue.backups(INSTANCE)) ?? [];
  return new Map(backups.map(({ key, manifest }) => [key.backupId, manifest.backupName]));
}

/** Changes what is kept. */
function edit(change: (text: string) => string): void {
  store.objects.set(INDEX, { body: change(index()) });
}

describe('an index that a start has saved in the bucket', () => {
  let whole: string | undefined;
  beforeEach(async () => {
    if (whole === undefined) {
      await start();
      await saved();
      expect(takeGets()).toHaveLength(MANIFESTS);
      whole = index();
    }
    store.objects.set(INDEX, { body: whole });
  });

  it('spares the next start the requests', async () => {
    const bucket = await start();
    expect(takeGets()).toEqual([]);
    expect((await names(bucket)).get('bk-7')).toBe('name 7');
    expect((await bucket.catalogue.instance(INSTANCE))?.manifest.engine).toBe('MySQL');
    expect(told(bucket)).toEqual([]);
    expect(store.count('put')).toBe(0);
  });

  it('neither restores what was removed nor hides what is new or changed', async () => {
    for (const name of ['backup.json', 'files/set']) store.objects.delete(keyOf(1, name));
    store.objects.set(keyOf(2), { body: '{"backupName": "eman 2"}' });
    store.objects.set(keyOf(3, 'files/set'), { body: 'replaced' });
    // The same bytes, written again.
    const { body } = store.objects.get(keyOf(5))!;
    store.objects.set(keyOf(5), { body, modifiedAt: '2026-01-01T00:00:01.000Z' });
    store.objects.set('own/r/mysql-1/bk-new/files/set', { body: 'new' });
    const bucket = await start();
    const found = await names(bucket);
    expect(takeGets().sort()).toEqual([keyOf(2), keyOf(5)]);
    expect(found.size).toBe(COUNT);
    expect(found.has('bk-1')).toBe(false);
    expect(found.get('bk-2')).toBe('eman 2');
    expect((await bucket.backup('r/mysql-1/bk-3'))?.files).toMatchObject([{ size: 8 }]);
  });

  it.each<[string, (text: string) => string, string]>([
    ['cut in the middle', (text) => text.slice(0, text.length / 2), 'it is damaged'],
    ['of another version', (text) => text.replace('"3; ', '"4; '), 'it is of another version'],
    ['of another bucket', (text) => text.replace('"prefix":"own/', '"prefix":"own2/'), 'bucket'],
    ['no index', (text) => `${text.split('\n')[0]}\n{"not": "rows"}`, 'it is damaged'],
  ])('is rebuilt where it is %s, and one line tells why', async (_, damage, reason) => {
    store.objects.set(INDEX, { body: damage(index()) });
    const damaged = index();
    const bucket = await start();
    expect(told(bucket)).toMatchObject([
      { level: 40, key: INDEX, reason: expect.stringContaining(reason) },
    ]);
    expect(takeGets()).toHaveLength(MANIFESTS);
    expect((await names(bucket)).get('bk-4')).toBe('name 4');
    await until(() => index() !== damaged);
    expect(told(await start())).toEqual([]);
    expect(takeGets()).toEqual([]);
  });

  it('has no entries but those of listed objects, as json files have them', async () => {
    edit((text) =>
      text
        .replace('"r/mysql-1/bk-1/backup.json"', '"../../etc/passwd"')
        .replace('"backupName":"name 2"', '"backupSizeByte":-1,"backupName":"name 2"')
        .replace('"backupName":"name 3"', '"objects":[""],"backupName":"name 3"'),
    );
    const bucket = await start();
    expect(takeGets().sort()).toEqual([keyOf(1), keyOf(2), keyOf(3)]);
    expect((await names(bucket)).size).toBe(COUNT);
  });
});

const readOnly = ({ operation }: StoreCall): StoreReply | undefined =>
  operation === 'put' ? refusal(403, 'AccessDenied') : undefined;

it('is tried once with credentials that may not write, and one line says so', async () => {
  let now = 0;
  store.intercept(readOnly);
  const bucket = await openTestBucket(store.config({ refreshMs: 5 }), { monotonic: () => now });
  expect((await names(bucket)).size).toBe(COUNT);
  await until(() => told(bucket).length === 1);
  expect(told(bucket)).toMatchObject([
    { level: 30, key: INDEX, reason: 'AccessDenied (HTTP 403)' },
  ]);
  now += 3_600_000;
  for (let n = 1; n <= COUNT; n += 1) store.objects.set(keyOf(n), { body: '{}' });
  takeGets();
  await until(() => store.count('get') === COUNT && store.count('list') > 3);
  expect(store.count('put')).toBe(0);
});

it('is written during a first start, and a later one continues from it', async () => {
  let now = 0;
  let gets = 0;
  store.intercept(({ operation, key }) => {
    if (operation !== 'get' || key === INDEX) return undefined;
    gets += 1;
    if (gets === 105) now += 30_000;
    return gets > 110 ? saved().then(() => refusal(403, 'AccessDenied')) : undefined;
  });
  await expect(openTestBucket(store.config(), { monotonic: () => now })).rejects.toThrow(
    'EMBEDDED_BUCKET',
  );
  store.intercept(undefined);
  takeGets();
  await start();
  // Requests of the first start may still be under way, for some of the same keys.
  const rest = new Set(takeGets()).size;
  expect(rest).toBeGreaterThanOrEqual(MANIFESTS - 110);
  expect(rest).toBeLessThanOrEqual(MANIFESTS - 100);
});

it('does not keep what the store answered in place of the listed version', async () => {
  let isStale = true;
  store.intercept(({ operation, key }) =>
    isStale && operation === 'get' && key === keyOf(9)
      ? { headers: { ETag: '"earlier"' }, body: '{"backupName": "earlier"}' }
      : undefined,
  );
  await start();
  await saved();
  isStale = false;
  takeGets();
  expect((await names(await start())).get('bk-9')).toBe('name 9');
  expect(takeGets()).toEqual([keyOf(9)]);
});
