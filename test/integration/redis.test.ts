import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Product, startProductAt } from '../helpers/product.js';
import {
  canStartRedis,
  COMMON_REDIS,
  createTestRedis,
  hasRedis,
  sharingEnv,
  type TestRedis,
  usesRedis,
} from '../helpers/redis.js';
import { type ScriptedUpstream, startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { until } from '../helpers/until.js';
import { backupRow, instanceRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const LINK = `query ($fileName: String) { backup(id: "${REGION}/${SQL_INSTANCE}/sql-1") {
  downloadURL(fileName: $fileName) {
    __typename
    ... on DownloadLink { publicURL expiresAt sizeBytes sha256 }
    ... on SqlServerBackupDownloadURL { databaseName }
  }
} }`;

const withRedis = (await hasRedis(COMMON_REDIS)) ? describe : describe.skip;
const withOwnRedis = canStartRedis() ? describe : describe.skip;

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream({
    instances: [instanceRow()],
    backups: [backupRow({ backupId: 'sql-1', backupFiles: ['shop.bak', 'crm.bak', 'new.bak'] })],
  });
});
/** A server that is only slow on a busy machine is not one that hangs. */
const PATIENT_MS = 10_000;

function start(env: Record<string, string>, redisTimeoutMs = PATIENT_MS): Promise<Product> {
  return startProductAt(upstream.origin, { LINK_REUSE: '0.1', ...env }, { redisTimeoutMs });
}

const ask = (product: Product, fileName = 'shop.bak') => product.query(LINK, { fileName });
const sharing = async ({ origin }: Product) =>
  /^backup_graphql_redis_sharing (\d)$/m.exec(await (await fetch(`${origin}/metrics`)).text())?.[1];
const linkCalls = () => upstream.calls('describeBackupDownloadURL').length;

withRedis('two processes on one Redis', () => {
  it('return the same link to the same caller, and stop in silence', async () => {
    const env = sharingEnv(COMMON_REDIS);
    const [one, other] = [await startConnected(env), await startConnected(env)];
    const first = await ask(one);
    const second = await ask(other);
    await one.close();

    expect(first.data.backup.downloadURL).toMatchObject({
      __typename: 'SqlServerBackupDownloadURL',
      publicURL: expect.stringMatching(/^https:/),
      expiresAt: expect.stringMatching(/Z$/),
    });
    expect(second.data).toEqual(first.data);
    expect(linkCalls()).toBe(1);
    expect(said(one, 'Redis disconnected')).toBe(0);
  });
});

withOwnRedis('a Redis server', () => {
  let redis: TestRedis;

  beforeEach(async () => {
    redis = await createTestRedis();
  });

  it('restarts without failures, with one log line, and is used again', async () => {
    await redis.start();
    const env = sharingEnv(redis.url);
    const [one, other] = [await startConnected(env), await startConnected(env)];
    await ask(one);
    await ask(other);
    expect(linkCalls()).toBe(1);

    await redis.kill();
    const answers = [await ask(one, 'crm.bak'), await ask(other, 'crm.bak')];
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(linkCalls()).toBe(3);
    expect((await fetch(`${one.origin}/health/ready`)).status).toBe(200);
    await ask(one, 'crm.bak');
    // A process may reuse links of its own without Redis.
    expect(linkCalls()).toBe(3);
    expect([said(one, 'Redis disconnected'), said(other, 'Redis disconnected')]).toEqual([1, 1]);
    expect(await sharing(one)).toBe('0');

    await redis.start();
    await until(() => said(one, 'Redis connected again') === 1);
    await until(() => said(other, 'Redis connected again') === 1);
    expect(await sharing(one)).toBe('1');
    upstream.reset();
    await ask(one, 'new.bak');
    await ask(other, 'new.bak');
    expect(linkCalls()).toBe(1);
    expect([said(one, 'Redis disconnected'), said(other, 'Redis disconnected')]).toEqual([1, 1]);
  });

  it('does not prevent startup when unavailable', async () => {
    const env = { ...sharingEnv(redis.url), UPSTREAM_MAX_PER_MINUTE: '2', LINK_REUSE: '0' };
    const product = await start(env);
    const answer = await ask(product);
    const refused = await ask(product);

    expect(answer.errors).toEqual([]);
    expect((await fetch(`${product.origin}/health/ready`)).status).toBe(200);
    // The process still has its own budget.
    expect(refused.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_THROTTLED' } }]);
    expect(upstream.calls()).toHaveLength(2);
    expect(said(product, 'Redis disconnected')).toBe(1);
  });

  it('delays one request alone when it hangs, and is used again when it answers', async () => {
    await redis.start();
    const product = await startConnected(sharingEnv(redis.url), 500);
    redis.pause();
    for (const fileName of ['shop.bak', 'crm.bak', 'new.bak']) {
      expect((await ask(product, fileName)).errors).toEqual([]);
      // From the first on, it is no longer asked.
      expect(await sharing(product)).toBe('0');
    }
    redis.resume();
    await until(() => said(product, 'Redis connected again') === 1);
    expect(said(product, 'Redis disconnected')).toBe(1);
  });
});

async function startConnected(
  env: Record<string, string>,
  redisTimeoutMs?: number,
): Promise<Product> {
  const product = await start(env, redisTimeoutMs);
  await connected(product);
  return product;
}

const said = (product: Product, text: string): number =>
  product.log.filter((line) => line.includes(text)).length;

const connected = (product: Product) => until(() => usesRedis(product));
