import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Product, startProduct } from '../../helpers/product.js';
import {
  refusal,
  type ScriptedStore,
  startScriptedStore,
  type StoreCall,
  type StoreReply,
} from '../../helpers/scripted-s3.js';
import { until } from '../../helpers/until.js';

const INSTANCE = 'cn-north-1/sqlserver-1';
const FILES = Array.from({ length: 50 }, (_, i) => `file-${i}.bak`);
const keyOf = (name: string): string => `own/${INSTANCE}/bk-1/files/${name}`;

let store: ScriptedStore;
let product: Product;
const OBJECTS: Readonly<Record<string, string>> = {
  [`own/${INSTANCE}/instance.json`]: '{"engine": "SQL Server"}',
  ...Object.fromEntries(FILES.map((name) => [keyOf(name), name])),
  'own/cn-north-1/mysql-1/instance.json': '{"engine": "MySQL"}',
  'own/cn-north-1/mysql-1/bk-2/files/set.sql': 'set',
};
beforeAll(async () => {
  store = await startScriptedStore(OBJECTS);
  product = await startProduct({
    ...store.settings(),
    LINK_REUSE: '0',
    MAX_QUERY_COST: '100000',
    UPSTREAM_TIMEOUT_MS: '50000',
    UPSTREAM_ATTEMPT_TIMEOUT_MS: '40000',
    UPSTREAM_MAX_PER_MINUTE: '100000',
    EMBEDDED_BUCKET_REFRESH_S: '3600',
  });
});
beforeEach(() => {
  for (const [key, body] of Object.entries(OBJECTS)) store.objects.set(key, { body });
  store.intercept(narrowPolicy);
});

/** Whoever may list the prefix alone gets the same refusal for what is absent. */
function narrowPolicy({ operation, key, query }: StoreCall): StoreReply | undefined {
  const isOwnList = operation === 'list' && query.get('prefix')?.startsWith('own/') === true;
  return isOwnList || store.objects.has(key) ? undefined : refusal(403, 'AccessDenied');
}

const linksOf = () =>
  product.query(`{ backup(id: "${INSTANCE}/bk-1") { files { name downloadURL(expiresIn: 60) {
    publicURL expiresAt sizeBytes } } } }`);

const setOf = ({ query } = product) =>
  query(`{ backup(id: "cn-north-1/mysql-1/bk-2") { downloadURL {
    ... on MySqlBackupDownloadURL { publicURL internalURL available expiresAt } } } }`);

it('fails only the link of a removed object', async () => {
  store.objects.delete(keyOf('file-7.bak'));
  const { data, errors } = await linksOf();
  const links = data.backup.files.filter(({ downloadURL }: any) => downloadURL?.publicURL);
  expect(links).toHaveLength(49);
  expect(errors).toHaveLength(1);
  expect(errors[0]?.extensions.code).toBe('FILE_NOT_IN_BACKUP');
  const index = data.backup.files.findIndex(({ name }: any) => name === 'file-7.bak');
  expect(errors[0]?.path).toEqual(['backup', 'files', index, 'downloadURL']);
});

it('keeps the breaker closed while a missing link is requested again and again', async () => {
  store.objects.delete(keyOf('file-7.bak'));
  const gone = `{ backup(id: "${INSTANCE}/bk-1") { downloadURL(fileName: "file-7.bak") { __typename } } }`;
  // More failures than open a breaker.
  for (let i = 0; i < 25; i += 1) {
    const { errors } = await product.query(gone);
    expect(errors[0]?.extensions.code).toBe('FILE_NOT_IN_BACKUP');
  }
  expect((await linksOf()).errors).toHaveLength(1);
  expect((await fetch(`${product.origin}/health/ready`)).status).toBe(200);
  expect(product.log.join('')).not.toContain('circuit breaker opened');
});

it('says that the rights are lost where everything is refused', async () => {
  store.intercept(() => refusal(403, 'AccessDenied'));
  const { errors } = await setOf();
  expect(errors[0]?.extensions.code).toBe('UPSTREAM_AUTH');
  expect((await fetch(`${product.origin}/health/ready`)).status).toBe(200);
});

it('keeps listing while the store is down, and issues links again with it', async () => {
  const impatient = await startProduct({
    ...store.settings(),
    UPSTREAM_ATTEMPT_TIMEOUT_MS: '1000',
    UPSTREAM_MAX_RETRIES: '0',
  });
  store.intercept(() => ({ cut: true }));
  const { data, errors } = await impatient.query(`{
    backups(regionId: "cn-north-1", instanceId: "mysql-1") { nodes { backupId } }
    backup(id: "cn-north-1/mysql-1/bk-2") { downloadURL { __typename } }
  }`);
  expect(data.backups.nodes).toEqual([{ backupId: 'bk-2' }]);
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_UNAVAILABLE']);
  expect((await fetch(`${impatient.origin}/health/ready`)).status).toBe(200);
  store.intercept(undefined);
  await until(async () => (await setOf(impatient)).errors.length === 0);
});

it('has no link and no record of one for an object in cold storage', async () => {
  const before = product.audit().length;
  const key = 'own/cn-north-1/mysql-1/bk-2/files/set.sql';
  store.objects.set(key, { body: 'set', headers: { 'x-amz-storage-class': 'DEEP_ARCHIVE' } });
  const { data, errors } = await setOf();
  expect(errors).toEqual([]);
  expect(data.backup.downloadURL).toEqual({
    publicURL: null,
    internalURL: null,
    available: false,
    expiresAt: null,
  });
  const records = product.audit().slice(before);
  expect(records).toHaveLength(1);
  expect(JSON.stringify(records)).not.toContain('GRANTED');
});

it('does not start with a folder and a bucket, and says so by name', async () => {
  const both = startProduct({ ...store.settings(), EMBEDDED_DIR: '/tmp/x' });
  await expect(both).rejects.toThrow('EMBEDDED_DIR, EMBEDDED_BUCKET: set only one of them');
});
