import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Product, startProductAt } from '../helpers/product.js';
import { fail } from '../helpers/scripted-replies.js';
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
});

describe('concurrent equal requests', () => {
  it('of one caller share one call', async () => {
    const links = await Promise.all([ask(), ask(), ask(), ask('bob')]);

    expect(new Set(links.map(({ publicURL }) => publicURL)).size).toBe(1);
    expect(linkCalls()).toBe(2);
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
