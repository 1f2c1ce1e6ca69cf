import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Product, startProductAt } from '../helpers/product.js';
import { COMMON_REDIS, hasRedis, sharingEnv, usesRedis } from '../helpers/redis.js';
import { type ScriptedUpstream, startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';
import { until } from '../helpers/until.js';
import { backupRow, instanceRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const LINKS = `{ backups(regionId: "${REGION}", instanceId: "${SQL_INSTANCE}", first: 100) {
  nodes { downloadURL(fileName: "shop.bak") { ... on DownloadLink { publicURL } } }
} }`;
const LINK = `{ backup(id: "${REGION}/${SQL_INSTANCE}/b-7") {
  downloadURL(fileName: "crm.bak") { ... on DownloadLink { publicURL } }
} }`;

const THROTTLED = {
  extensions: { code: 'UPSTREAM_THROTTLED', retryAfter: expect.any(Number) },
};

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream({
    instances: [instanceRow()],
    backups: Array.from({ length: 100 }, (_, index) => backupRow({ backupId: `b-${index}` })),
  });
});
function start(env: Record<string, string>, redisTimeoutMs?: number): Promise<Product> {
  return startProductAt(
    upstream.origin,
    { JDCLOUD_DOWNLOAD_URL_PATH: 'resource', UPSTREAM_MAX_PER_MINUTE: '100', ...env },
    { redisTimeoutMs },
  );
}

/** The first caller uses up the budget, twice; the second then asks for one link. */
async function expectShares(ofGreedy: Product, ofModest: Product): Promise<void> {
  const [greedy, modest] = [await bearer({ sub: 'greedy' }), await bearer({ sub: 'modest' })];
  const first = await ofGreedy.query(LINKS, {}, greedy);
  expect(first.errors).toHaveLength(21);
  for (const error of first.errors) expect(error).toMatchObject(THROTTLED);
  const again = await ofGreedy.query(LINKS, {}, greedy);
  expect(again.errors).toMatchObject([THROTTLED]);
  expect(again.errors[0]!.extensions['retryAfter']).toBeGreaterThan(50);
  expect(again.errors[0]!.extensions['retryAfter']).toBeLessThanOrEqual(60);

  const answer = await ofModest.query(LINK, {}, modest);
  expect(answer.errors).toEqual([]);
  expect(answer.data.backup.downloadURL.publicURL).toMatch(/^https:/);
  expect(upstream.calls()).toHaveLength(82);
}

describe('the budget of upstream calls', () => {
  it('is never exhausted by one caller: another is served immediately', async () => {
    const product = await start(SECRET_AUTH);
    await expectShares(product, product);
    const metrics = await product.metrics();

    expect(metrics).toContain('backup_graphql_upstream_callers_limited 1\n');
    expect(metrics).not.toContain('greedy');
  });

  it('is shared by all if callers are not distinguished', async () => {
    const product = await start({});
    const { errors } = await product.query(LINKS);

    expect(errors).toMatchObject([THROTTLED]);
    expect(upstream.calls()).toHaveLength(100);
  });
});

const withRedis = (await hasRedis(COMMON_REDIS)) ? describe : describe.skip;

withRedis('the budget of two processes on one Redis', () => {
  it('is never exhausted by one caller, on any process', async () => {
    const env = { ...SECRET_AUTH, ...sharingEnv(COMMON_REDIS), LINK_REUSE: '0' };
    // A busy machine may take longer than the usual limit: the processes would go on alone.
    const [one, other] = [await start(env, 30_000), await start(env, 30_000)];
    await until(() => usesRedis(one) && usesRedis(other));
    await expectShares(one, other);
    const refused = await other.query(LINK, {}, await bearer({ sub: 'greedy' }));

    expect(refused.errors).toMatchObject([THROTTLED]);
    expect(upstream.calls()).toHaveLength(82);
  });
});
