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

const ID = 'r/sqlserver-1/bk-1';
const FOLDER = `own/${ID}/files`;

let store: ScriptedStore;
let bucket: TestBucketStore;
beforeEach(async () => {
  store = await startScriptedStore({
    'own/r/sqlserver-1/instance.json': '{"engine": "SQL Server"}',
    [`${FOLDER}/a.bak`]: 'a',
    [`${FOLDER}/gone.bak`]: 'gone',
    'own/r/mysql-1/instance.json': '{"engine": "MySQL"}',
    'own/r/mysql-1/bk-2/files/set': 'set',
  });
});

/** A policy that lets the prefix be listed and its objects be read, and hides what is absent. */
function narrowPolicy({ operation, key, query }: StoreCall): StoreReply | undefined {
  const isOwnList = operation === 'list' && (query.get('prefix') ?? '').startsWith('own/');
  return isOwnList || store.objects.has(key) ? undefined : refusal(403, 'AccessDenied');
}

describe('with rights for the prefix alone', () => {
  beforeEach(async () => {
    store.intercept(narrowPolicy);
    bucket = await openTestBucket(store.config());
    store.objects.delete(`${FOLDER}/gone.bak`);
    store.objects.delete('own/r/mysql-1/bk-2/files/set');
  });

  it('fails the link of a removed object, as of a file that does not exist', async () => {
    await expect(bucket.link(ID, 60, 'gone.bak')).rejects.toMatchObject({
      httpStatus: 400,
      status: 'FILE_NOT_FOUND',
    });
    expect(await bucket.link('r/mysql-1/bk-2')).toBeNull();
    expect((await bucket.link(ID, 60, 'a.bak'))?.file).toMatchObject({ name: 'a.bak', size: 1 });
  });

  it('decides by one listing of the key', async () => {
    const lists = store.count('list');
    await bucket.link(ID, 60, 'gone.bak').catch(() => undefined);
    expect(store.count('list')).toBe(lists + 1);
  });
});

it('distinguishes a removed object elsewhere from missing rights', async () => {
  store.objects.set('own/r/sqlserver-1/bk-3/backup.json', { body: '{"objects": ["x/far.bak"]}' });
  store.objects.set('x/far.bak', { body: 'far' });
  store.intercept(narrowPolicy);
  bucket = await openTestBucket(store.config());
  store.objects.delete('x/far.bak');
  await expect(bucket.link('r/sqlserver-1/bk-3')).rejects.toMatchObject({
    status: 'FILE_NOT_FOUND',
  });
  store.intercept(() => refusal(403, 'AccessDenied'));
  await expect(bucket.link('r/sqlserver-1/bk-3')).rejects.toMatchObject({
    httpStatus: 403,
    status: 'STORE_REFUSED',
  });
});

describe.each<readonly [string, StoreReply, number, string]>([
  ['refuses everything', refusal(403, 'AccessDenied'), 403, 'STORE_REFUSED'],
  ['does not know the key any more', refusal(403, 'InvalidAccessKeyId'), 403, 'STORE_REFUSED'],
  ['says that the token has ended', refusal(400, 'ExpiredToken'), 403, 'STORE_REFUSED'],
  ['asks to slow down', refusal(503, 'SlowDown'), 503, 'STORE_UNAVAILABLE'],
  ['fails', refusal(500, 'InternalError'), 503, 'STORE_UNAVAILABLE'],
  ['stands behind a broken proxy', { status: 502, body: '<html>' }, 503, 'STORE_UNAVAILABLE'],
])('a store that %s', (_, reply, httpStatus, status) => {
  it('fails links, while lists come from memory until they are too old', async () => {
    let now = 0;
    const instance = { regionId: 'r', instanceId: 'sqlserver-1' };
    bucket = await openTestBucket(store.config({ refreshMs: 5, maxAgeMs: 1000 }), {
      monotonic: () => now,
    });
    store.intercept(() => reply);
    // HEAD has no body to tell the reason by.
    const links = bucket.link(ID, 60, 'a.bak');
    await expect(links).rejects.toMatchObject({ httpStatus, status });
    await until(() => bucket.told('cannot list the bucket').length === 1);
    expect(await bucket.catalogue.backups(instance)).toHaveLength(1);
    now = 1001;
    await expect(bucket.catalogue.backups(instance)).rejects.toMatchObject({ httpStatus });
    store.intercept(undefined);
    await until(() => bucket.told('can be listed again').length === 1);
    expect(await bucket.catalogue.backups(instance)).toHaveLength(1);
  });
});

it('answers within the time of the caller where the store does not', async () => {
  bucket = await openTestBucket(store.config(), { attemptTimeoutMs: 200 });
  store.intercept(() => new Promise(() => undefined));
  await expect(bucket.link(ID)).rejects.toMatchObject({ status: 'STORE_UNAVAILABLE' });
});

it.each<readonly [string, StoreReply, string]>([
  ['no such bucket', refusal(404, 'NoSuchBucket'), 'NoSuchBucket (HTTP 404). Check the name'],
  ['no right to list', refusal(403, 'AccessDenied'), 'AccessDenied (HTTP 403). Check the cred'],
  [
    'another region, by a header',
    {
      ...refusal(301, 'PermanentRedirect'),
      headers: { 'x-amz-bucket-region': 'eu-west-3' },
    },
    'PermanentRedirect (HTTP 301). The bucket is in the region eu-west-3: set AWS_REGION=eu-west-3.',
  ],
  [
    'another region, by a word in the answer',
    {
      status: 400,
      body: '<Error><Code>AuthorizationHeaderMalformed</Code><Region>cn-north-1</Region></Error>',
    },
    'set AWS_REGION=cn-north-1.',
  ],
])('stops the start with the name of the setting: %s', async (_, reply, words) => {
  store.intercept(() => reply);
  const start = openTestBucket(store.config());
  await expect(start).rejects.toThrow('EMBEDDED_BUCKET: the bucket backups cannot be listed');
  await expect(start).rejects.toThrow(words);
});

it('keeps keys, tokens and signatures out of errors and of the log', async () => {
  bucket = await openTestBucket(store.config({ refreshMs: 5 }));
  store.intercept(() => refusal(403, 'SignatureDoesNotMatch'));
  const error: unknown = await bucket.link(ID).catch((reason: unknown) => reason);
  await until(() => bucket.told('cannot list the bucket').length === 1);
  const told = `${JSON.stringify(bucket.log)}${JSON.stringify(error)}${String(error)}`;
  expect(told).not.toMatch(/AKSCRIPTED|scripted-secret|Signature=|Authorization/i);
});
