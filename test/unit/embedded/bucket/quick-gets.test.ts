import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openTestBucket, type TestBucketStore } from '../../../helpers/bucket-store.js';
import {
  refusal,
  type ScriptedStore,
  startScriptedStore,
  type StoreCall,
} from '../../../helpers/scripted-s3.js';

const COUNT = 200;

let store: ScriptedStore;
let bucket: TestBucketStore | undefined;
beforeEach(async () => {
  store = await startScriptedStore();
  for (let n = 1; n <= COUNT; n += 1) {
    store.objects.set(`own/r/mysql-1/bk-${n}/backup.json`, { body: `{"backupName": "é ${n}"}` });
  }
});
afterEach(async () => {
  await bucket?.close();
  bucket = undefined;
  await store.close();
});

const isOfSdk = ({ headers }: StoreCall): boolean => 'amz-sdk-request' in headers;
const gets = () => store.calls.filter(({ operation }) => operation === 'get');
const read = async () =>
  (await bucket?.catalogue.backups({ regionId: 'r', instanceId: 'mysql-1' }))?.map(
    ({ key, manifest }) => `${key.backupId} ${manifest.backupName}`,
  );
const EVERY = Array.from({ length: COUNT }, (_, n) => `bk-${n + 1} é ${n + 1}`).sort();

it('sends each GET once, and signs nothing that a proxy may change', async () => {
  bucket = await openTestBucket(store.config());
  expect((await read())?.sort()).toEqual(EVERY);
  expect(gets()).toHaveLength(COUNT);
  expect(gets().filter(isOfSdk)).toEqual([]);
  const [, signed] = /SignedHeaders=([^,]*)/.exec(gets()[0]?.headers.authorization ?? '') ?? [];
  expect(signed).toBe('host;x-amz-content-sha256;x-amz-date');
});

it.each([
  ['fails in between', () => refusal(503, 'SlowDown')],
  [
    'answers with a redirect',
    () => ({ status: 307, headers: { Location: 'http://127.0.0.1:1/' } }),
  ],
  ['refuses some', () => refusal(403, 'AccessDenied')],
])('leaves to the SDK what the store %s', async (_, fault) => {
  let count = 0;
  store.intercept((call) => {
    if (call.operation !== 'get' || isOfSdk(call)) return undefined;
    count += 1;
    return count % 10 === 0 ? fault() : undefined;
  });
  bucket = await openTestBucket(store.config());
  expect((await read())?.sort()).toEqual(EVERY);
  expect(gets().filter(isOfSdk)).toHaveLength(COUNT / 10);
});

it('leaves all to the SDK in a store that takes its signatures only', async () => {
  store.intercept((call) =>
    call.operation === 'get' && !isOfSdk(call) ? refusal(403, 'SignatureDoesNotMatch') : undefined,
  );
  bucket = await openTestBucket(store.config());
  expect((await read())?.sort()).toEqual(EVERY);
  // Those under way at the third refusal, at most.
  expect(gets().filter((call) => !isOfSdk(call)).length).toBeLessThan(40);
});

it('leaves an answer without a length to the SDK', async () => {
  store.intercept((call) =>
    call.operation === 'get' && !isOfSdk(call)
      ? { headers: { 'Transfer-Encoding': 'chunked' }, body: 'x'.repeat(3_000_000) }
      : undefined,
  );
  bucket = await openTestBucket(store.config());
  expect((await read())?.sort()).toEqual(EVERY);
});

it('signs by the clock of the store', async () => {
  store.setClock(20 * 60_000);
  bucket = await openTestBucket(store.config());
  expect((await read())?.sort()).toEqual(EVERY);
  expect(gets().filter(isOfSdk)).toEqual([]);
});
