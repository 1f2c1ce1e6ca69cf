import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Product, startProductAt } from '../helpers/product.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';
import {
  backupRow,
  instanceRow,
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
  SQL_INSTANCE,
} from '../helpers/upstream-rows.js';

const LINK = `query ($fileName: String!, $expiresIn: Int) {
  backup(id: "${REGION}/${SQL_INSTANCE}/sql-1") {
    downloadURL(fileName: $fileName, expiresIn: $expiresIn) {
      ... on DownloadLink { publicURL available expiresAt }
    }
  }
}`;
const PAGE = `{ backups(regionId: "${REGION}", instanceId: "${MYSQL_INSTANCE}") {
  nodes { engine instance { id } downloadURL { __typename } }
} }`;
const shop = { fileName: 'shop.bak', expiresIn: 60 };

let product: Product;

const upstream = await startScriptedUpstream({
  instances: [instanceRow(), mySqlInstanceRow()],
  backups: [backupRow({ backupId: 'sql-1' }), mySqlBackupRow({ backupId: 'my-1' })],
  latencyMs: 5,
});

beforeEach(async () => {
  product = await startProductAt(upstream.origin, {
    ...SECRET_AUTH,
    LINK_REUSE: '0.1',
    UPSTREAM_MAX_RETRIES: '0',
  });
  upstream.reset();
});
const ask = async (sub = 'alice', variables: object = shop) =>
  (await product.query(LINK, { ...variables }, await bearer({ sub }))).data.backup.downloadURL;
const linkCalls = () => upstream.calls('describeBackupDownloadURL').length;

describe('a link requested again', () => {
  it('is issued again once the wall clock says it has expired', async () => {
    const first = await ask();
    const realNow = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => realNow() + 2 * 86_400_000);
    const second = await ask();
    jest.restoreAllMocks();

    expect(Date.parse(second.expiresAt) - Date.parse(first.expiresAt)).toBeGreaterThan(86_400_000);
    expect(linkCalls()).toBe(2);
  });

  it('is the same for the same caller, and costs no call', async () => {
    const first = await ask();

    expect(first.publicURL).toMatch(/^https:\/\/oss\.example/);
    expect(await ask()).toEqual(first);
    expect(linkCalls()).toBe(1);
    expect(product.audit()).toMatchObject([
      { outcome: 'GRANTED', reused: false },
      { outcome: 'GRANTED', reused: true },
    ]);
  });

  it.each<[string, string, object]>([
    ['another caller', 'bob', shop],
    ['another file', 'alice', { ...shop, fileName: 'crm.bak' }],
    ['another lifetime', 'alice', { ...shop, expiresIn: 61 }],
  ])('is issued again for %s', async (_, sub, variables) => {
    await ask();
    await ask(sub, variables);

    expect(linkCalls()).toBe(2);
  });

  it('is requested again while unavailable and after a failure', async () => {
    const found = { publicURL: 'https://oss.example/k?Expires=9999999999', internalURL: '' };
    upstream.handle('describeBackupDownloadURL', [
      ok({ publicURL: '', internalURL: '' }),
      fail(500, 'INTERNAL'),
      ok(found),
    ]);

    expect(await ask()).toMatchObject({ available: false });
    expect(await ask()).toBeNull();
    expect(await ask()).toMatchObject({ available: true });
    expect(await ask()).toMatchObject({ available: true });
    expect(linkCalls()).toBe(3);
  });
});

describe('concurrent equal requests', () => {
  it('of one caller share one call', async () => {
    const links = await Promise.all([ask(), ask(), ask(), ask('bob')]);

    expect(new Set(links.map(({ publicURL }) => publicURL)).size).toBe(1);
    expect(linkCalls()).toBe(2);
  });

  it('are answered even if the first client disconnects', async () => {
    let answer = (): void => undefined;
    let asked = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    const held = new Promise<void>((resolve) => (answer = resolve));
    upstream.handle('describeBackupDownloadURL', async () => {
      asked();
      await held;
      return ok({ publicURL: 'https://oss.example/k?Expires=9999999999', internalURL: '' });
    });
    const client = new AbortController();
    const request = { query: LINK, variables: shop };
    const gone = product
      .post(request, await bearer(), client.signal)
      .catch((error: unknown) => (error as Error).name);
    await arrived;
    const other = ask();
    // The other request waits for the link once its list is read.
    while (upstream.calls('describeBackups').length < 2) await ask('bob', { fileName: 'none' });
    client.abort();
    expect(await gone).toBe('AbortError');
    answer();

    expect(await other).toMatchObject({ available: true });
    expect(linkCalls()).toBe(1);
  });
});

describe('the engine of an instance', () => {
  it('is looked up once for all requests; the instance is looked up for each', async () => {
    const engineOnly = PAGE.replace('instance { id }', '');
    const headers = await bearer();
    await product.query(engineOnly, {}, headers);
    expect(upstream.counts()).toMatchObject({ describeInstanceAttributes: 1, describeBackups: 1 });
    upstream.reset();
    await product.query(engineOnly, {}, await bearer({ sub: 'bob' }));
    expect(upstream.counts()).toEqual({ describeBackups: 1, describeBackupDownloadURL: 1 });

    upstream.handle('describeInstanceAttributes', fail(404, 'NOT_FOUND'));
    const { data } = await product.query(PAGE, {}, headers);
    expect(data.backups.nodes).toEqual([
      { engine: 'MYSQL', instance: null, downloadURL: { __typename: 'MySqlBackupDownloadURL' } },
    ]);
  });
});
