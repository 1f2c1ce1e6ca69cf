import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { temporaryFolder } from '../helpers/closing.js';
import { writeBackup, writeInstance } from '../helpers/embedded.js';
import { type Product, startProduct } from '../helpers/product.js';
import { COMMON_REDIS } from '../helpers/redis.js';
import { until } from '../helpers/until.js';

const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'bk-1' };
const QUERY = `{ backup(id: "${Object.values(KEY).join('/')}") {
  downloadURL { ... on DownloadLink { publicURL } }
} }`;

let folder: string;

beforeEach(async () => {
  folder = temporaryFolder();
  await writeInstance(join(folder, 'own'), KEY, { engine: 'MySQL' });
  await writeBackup(join(folder, 'own'), KEY, { files: { 'dump.sql': 'select 1;' } });
});
const start = (env: Record<string, string>) =>
  startProduct({ EMBEDDED_DIR: join(folder, 'own'), LINK_REUSE: '0', ...env });

const aKey = () => randomBytes(32).toString('base64');

async function linkOf({ query }: Product): Promise<URL> {
  const { data } = await query(QUERY);
  return new URL(data.backup.downloadURL.publicURL);
}

/** What another replica answers to a link, as behind one address for all. */
async function answerOf(other: Product, link: URL): Promise<[number, string]> {
  const { pathname, search } = link;
  const response = await fetch(new URL(pathname + search, (await linkOf(other)).origin));
  return [response.status, await response.text()];
}

it('verify the links of each other with REDIS_URL', async () => {
  const env = { REDIS_URL: COMMON_REDIS, CACHE_KEY: aKey() };
  const [one, other] = await Promise.all([start(env), start(env)]);
  expect(await answerOf(other, await linkOf(one))).toEqual([200, 'select 1;']);
  expect(await answerOf(one, await linkOf(other))).toEqual([200, 'select 1;']);
});

it('verify links from before a restart and while a key is rotated', async () => {
  const [old, fresh] = [aKey(), aKey()];
  const path = join(folder, 'key');
  await writeFile(path, old);
  const env = { REDIS_URL: COMMON_REDIS, CACHE_KEY_FILE: path };
  const one = await start(env);
  const link = await linkOf(one);
  await writeFile(path, `${fresh},${old}`);
  const other = await start(env);
  expect(await answerOf(other, link)).toEqual([200, 'select 1;']);
  await until(() => one.log.join('').includes('secrets reloaded from files'));
  expect(await answerOf(one, await linkOf(other))).toEqual([200, 'select 1;']);
});

it('name the cause of a mismatch, to the person and in the log, without Redis', async () => {
  const [one, other] = await Promise.all([start({}), start({})]);
  const [status, body] = await answerOf(other, await linkOf(one));
  expect([status, body]).toEqual([403, expect.stringContaining('EMBEDDED_LINK_SECRET')]);
  await until(() => other.log.join('').includes('rejected links that this process did not sign'));
});

it('let a secret of their own have precedence over the one of CACHE_KEY', async () => {
  const env = { REDIS_URL: COMMON_REDIS, CACHE_KEY: aKey() };
  const secret = { EMBEDDED_LINK_SECRET: 'a secret of sixteen characters' };
  const [one, other, third] = await Promise.all([
    start({ ...env, ...secret }),
    start(secret),
    start(env),
  ]);
  const link = await linkOf(one);
  expect(await answerOf(other, link)).toEqual([200, 'select 1;']);
  expect(await answerOf(third, link)).toEqual([403, expect.anything()]);
});
