import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Product, startProductAt } from '../helpers/product.js';
import { fail, ok, type Reply, reset } from '../helpers/scripted-replies.js';
import { type ScriptedUpstream, startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';
import { backupRow, instanceRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const BACKUPS = Array.from({ length: 50 }, (_, index) => `sql-${index}`);
const LINK = `{ backup(id: "${REGION}/${SQL_INSTANCE}/sql-0") {
  backupId
  downloadURL(fileName: "shop.bak") { ... on DownloadLink { publicURL } }
} }`;
const LIST = `{ backups(regionId: "${REGION}", instanceId: "${SQL_INSTANCE}") { totalCount } }`;
const LINKS = `{ backups(regionId: "${REGION}", instanceId: "${SQL_INSTANCE}", first: 50) {
  nodes { downloadURL(fileName: "shop.bak") { __typename } }
} }`;

const GOOD = ok({
  publicURL: 'https://oss.example/k?Expires=9999999999&Signature=a+b/c==',
  internalURL: '',
});

/** Without it a retry takes its part of the deadline, which is real time here. */
const AT_ONCE = { headers: { 'retry-after': '0' } };

let upstream: ScriptedUpstream;
let product: Product;

beforeEach(async () => {
  upstream = await startScriptedUpstream({
    instances: [instanceRow()],
    backups: BACKUPS.map((backupId) => backupRow({ backupId })),
    handlers: { describeBackupDownloadURL: GOOD },
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

const start = async (env: Record<string, string> = {}) =>
  (product = await startProductAt(upstream.origin, {
    JDCLOUD_DOWNLOAD_URL_PATH: 'resource',
    UPSTREAM_MAX_RETRIES: '1',
    ...env,
  }));
const linkCalls = () => upstream.calls('describeBackupDownloadURL').length;

describe('an upstream that', () => {
  beforeEach(async () => {
    await start();
  });

  it('refuses a link costs the link alone', async () => {
    upstream.handle('describeBackupDownloadURL', fail(429, 'RATE_LIMIT', AT_ONCE));
    const { status, data, errors } = await product.query(LINK);

    expect(status).toBe(200);
    expect(data).toEqual({ backup: { backupId: 'sql-0', downloadURL: null } });
    expect(errors).toMatchObject([
      { path: ['backup', 'downloadURL'], extensions: { code: 'UPSTREAM_THROTTLED' } },
    ]);
    expect(linkCalls()).toBe(2);
  });

  it.each<[string, Reply]>([
    ['429', fail(429, 'RATE_LIMIT', AT_ONCE)],
    ['resets', reset()],
  ])('has a short burst of %s is not noticed', async (_, reply) => {
    upstream.handle('describeBackupDownloadURL', ({ index }) => (index < 5 ? reply : GOOD));
    const { errors } = await product.query(LINKS);

    expect(errors).toEqual([]);
    expect(linkCalls()).toBe(55);
  });
});
it('refusals of a page lower the limit of calls in flight once, as metrics and log show', async () => {
  await start({ UPSTREAM_MAX_RETRIES: '0' });
  const metric = async (name: string): Promise<number> => {
    const lines = (await product.metrics()).split('\n');
    const line = lines.find((one) => one.startsWith(`backup_graphql_upstream_${name} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  };
  expect(await metric('concurrency_limit')).toBe(64);
  // All of a page are in flight when the first is refused.
  const held: (() => void)[] = [];
  upstream.handle('describeBackupDownloadURL', async () => {
    await new Promise<void>((resolve) => {
      held.push(resolve);
      if (held.length === 50) for (const answer of held) answer();
    });
    return fail(429, 'RATE_LIMIT');
  });

  expect((await product.query(LINKS)).errors).toHaveLength(50);
  expect(await metric('concurrency_limit')).toBe(32);
  expect(await metric('limit_decreases_total{cause="throttled"}')).toBe(1);
  const lines = product.lines().filter(({ msg }) => msg.includes('lowered the limit'));
  expect(lines).toMatchObject([{ cause: 'throttled', from: 64, to: 32, count: 1 }]);
});
it('a failing upstream is left alone, tried by one call, and used again when it answers', async () => {
  await start({ UPSTREAM_MAX_RETRIES: '0' });
  let ahead = 0;
  const realNow = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead);
  const said = (text: string) => product.log.filter((line) => line.includes(text)).length;

  upstream.handle('describeBackupDownloadURL', fail(500, 'INTERNAL'));
  const { errors } = await product.query(LINKS);
  expect(errors.map(({ extensions: { code } }) => code)).toEqual(
    Array(50).fill('UPSTREAM_UNAVAILABLE'),
  );
  expect(said('circuit breaker opened')).toBe(1);
  upstream.reset();
  const refused = await product.query(LINK);
  expect(refused.errors).toMatchObject([
    { extensions: { code: 'UPSTREAM_UNAVAILABLE', retryAfter: expect.any(Number) } },
  ]);
  expect(linkCalls()).toBe(0);
  // Lists, which work, are not stopped.
  expect((await product.query(LIST)).errors).toEqual([]);

  ahead += 5000;
  const probes = await Promise.all([1, 2, 3].map(() => product.query(LINK)));
  expect(probes.flatMap(({ errors: [error] }) => error?.extensions.code)).toEqual(
    Array(3).fill('UPSTREAM_UNAVAILABLE'),
  );
  expect(linkCalls()).toBe(1);

  ahead += 5000;
  upstream.handle('describeBackupDownloadURL', GOOD);
  expect((await product.query(LINK)).errors).toEqual([]);
  expect((await product.query(LINK)).errors).toEqual([]);
  expect(said('circuit breaker closed')).toBe(1);
});

describe('a page of links', () => {
  it('does not hold up the one link of another caller', async () => {
    await start({
      ...SECRET_AUTH,
      UPSTREAM_MAX_CONCURRENCY: '2',
    });
    let bob: Promise<unknown> | undefined;
    const order: string[] = [];
    upstream.handle('describeBackupDownloadURL', async ({ query }) => {
      order.push(query['fileName'] === 'crm.bak' ? 'bob' : 'alice');
      bob ??= bearer({ sub: 'bob' }).then((headers) =>
        product.query(LINK.replace('shop', 'crm'), {}, headers),
      );
      await new Promise((resolve) => setTimeout(resolve, 10));
      return GOOD;
    });
    const alice = await product.query(LINKS, {}, await bearer());
    await bob;

    expect(alice.errors).toEqual([]);
    expect(order).toHaveLength(51);
    expect(order.indexOf('bob')).toBeLessThan(40);
  });

  it('is dropped, but for what is under way, when its client hangs up', async () => {
    await start({ UPSTREAM_MAX_CONCURRENCY: '2' });
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    const client = new AbortController();
    const both = new Promise<void>((resolve) => {
      upstream.handle('describeBackupDownloadURL', async ({ index }) => {
        if (index === 1) resolve();
        await held;
        return GOOD;
      });
    });
    const gone = product
      .post({ query: LINKS }, {}, client.signal)
      .catch((error: unknown) => (error as Error).name);
    await both;
    client.abort();
    expect(await gone).toBe('AbortError');
    // Its turn comes only when those of the page are over or dropped.
    const next = await product.query(LIST);
    answer();

    expect(next.errors).toEqual([]);
    expect(linkCalls()).toBe(2);
  });
});
