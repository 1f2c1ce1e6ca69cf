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
  downloadURL(fileName: $fileName) { ... on DownloadLink { publicURL } }
} }`;

const withRedis = (await hasRedis(COMMON_REDIS)) ? describe : describe.skip;
const withOwnRedis = canStartRedis() ? describe : describe.skip;

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream({
    instances: [instanceRow()],
    backups: [backupRow({ backupId: 'sql-1' })],
  });
});
function start(env: Record<string, string>): Promise<Product> {
  return startProductAt(upstream.origin, { LINK_REUSE: '0.1', ...env });
}

const ask = (product: Product, fileName = 'shop.bak') => product.query(LINK, { fileName });
const sharing = async ({ origin }: Product) =>
  /^backup_graphql_redis_sharing (\d)$/m.exec(await (await fetch(`${origin}/metrics`)).text())?.[1];
const linkCalls = () => upstream.calls('describeBackupDownloadURL').length;

withRedis('two processes on one Redis', () => {
  it('return the same link to the same caller', async () => {
    const env = sharingEnv(COMMON_REDIS);
    const [one, other] = [await start(env), await start(env)];
    await Promise.all([connected(one), connected(other)]);
    const first = await ask(one);
    const second = await ask(other);

    expect(first.data.backup.downloadURL.publicURL).toMatch(/^https:/);
    expect(second.data).toEqual(first.data);
    expect(linkCalls()).toBe(1);
  });

  it('share no links if their keys or accounts differ', async () => {
    const env = sharingEnv(COMMON_REDIS);
    const { CACHE_KEY, JDCLOUD_ACCESS_KEY_ID } = sharingEnv(COMMON_REDIS);
    const three = [
      await start(env),
      await start({ ...env, CACHE_KEY }),
      await start({ ...env, JDCLOUD_ACCESS_KEY_ID }),
    ];
    await Promise.all(three.map(connected));
    for (const product of three) await ask(product);

    expect(linkCalls()).toBe(3);
  });

  it('stay within one call budget', async () => {
    const env = { ...sharingEnv(COMMON_REDIS), LINK_REUSE: '0', UPSTREAM_MAX_PER_MINUTE: '6' };
    const [one, other] = [await start(env), await start(env)];
    await Promise.all([connected(one), connected(other)]);
    const answers = [];
    for (const product of [one, other, one]) answers.push(await ask(product));
    const refused = [await ask(one), await ask(other)];

    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    for (const { errors } of refused) {
      expect(errors).toMatchObject([
        { extensions: { code: 'UPSTREAM_THROTTLED', retryAfter: expect.any(Number) } },
      ]);
    }
    expect(upstream.calls()).toHaveLength(6);
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
    const [one, other] = [await start(env), await start(env)];
    await Promise.all([connected(one), connected(other)]);
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
    await Promise.all([until(() => said(one, 'Redis connected again') === 1), connected(other)]);
    await until(() => said(other, 'Redis connected again') === 1);
    expect(await sharing(one)).toBe('1');
    const third = await start(env);
    await connected(third);
    upstream.reset();
    await ask(third, 'shop.bak');
    await ask(await startConnected(env), 'shop.bak');
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

  it('delays only one request by a tenth of a second when it hangs', async () => {
    await redis.start();
    const product = await startConnected(sharingEnv(redis.url));
    const timed = async (): Promise<number> => {
      const startedAt = performance.now();
      expect((await ask(product, 'crm.bak')).errors).toEqual([]);
      return performance.now() - startedAt;
    };
    const usual = [await timed(), await timed(), await timed()];
    redis.pause();
    const first = await timed();
    const later = [await timed(), await timed(), await timed(), await timed()];
    redis.resume();

    expect(first).toBeLessThan(30_000);
    // On a busy machine every request slows down, and one may do so for another reason.
    expect(Math.min(...later)).toBeLessThan(Math.max(...usual) + 90);
    expect(said(product, 'Redis disconnected')).toBe(1);
    await until(() => said(product, 'Redis connected again') === 1);
  });

  it('is logged once when it becomes a replica, and used again as a primary without a restart', async () => {
    const primary = await createTestRedis();
    await Promise.all([redis.start(), primary.start()]);
    const env = { ...sharingEnv(redis.url), LINK_REUSE: '0', UPSTREAM_MAX_PER_MINUTE: '100000' };
    const product = await startConnected(env);
    await redis.replicaOf(primary);
    await until(async () => {
      expect((await ask(product)).errors).toEqual([]);
      return said(product, 'refused a command: READONLY') === 1;
    });
    expect((await ask(product)).errors).toEqual([]);
    expect((await fetch(`${product.origin}/health/ready`)).status).toBe(200);

    await redis.replicaOf(null);
    await until(async () => {
      await ask(product);
      return said(product, 'Redis connected again') === 1;
    });
    await primary.kill();
    expect(said(product, 'refused a command: READONLY')).toBe(1);
  });

  it('loses its connection when a process stops', async () => {
    await redis.start();
    const product = await startConnected(sharingEnv(redis.url));
    await ask(product);
    await product.close();

    expect(said(product, 'Redis disconnected')).toBe(0);
  });
});

async function startConnected(env: Record<string, string>): Promise<Product> {
  const product = await start(env);
  await connected(product);
  return product;
}

const said = (product: Product, text: string): number =>
  product.log.filter((line) => line.includes(text)).length;

const connected = (product: Product) => until(() => usesRedis(product));
