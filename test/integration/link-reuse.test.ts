import { expect, it } from '@jest/globals';
import { startProductAt } from '../helpers/product.js';
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

const LINK = `{ backup(id: "${REGION}/${SQL_INSTANCE}/sql-1") {
  downloadURL(fileName: "shop.bak", expiresIn: 60) {
    ... on DownloadLink { publicURL available expiresAt }
  }
} }`;

const upstream = await startScriptedUpstream({
  instances: [instanceRow(), mySqlInstanceRow()],
  backups: [backupRow({ backupId: 'sql-1' }), mySqlBackupRow({ backupId: 'my-1' })],
});
const PAGE = `{ backups(regionId: "${REGION}", instanceId: "${MYSQL_INSTANCE}") {
  nodes { engine instance { id } downloadURL { __typename } }
} }`;
const product = await startProductAt(upstream.origin, {
  ...SECRET_AUTH,
  LINK_REUSE: '0.1',
  UPSTREAM_MAX_RETRIES: '0',
});
const ask = async (sub = 'alice') =>
  (await product.query(LINK, {}, await bearer({ sub }))).data.backup.downloadURL;
const linkCalls = () => upstream.calls('describeBackupDownloadURL').length;

it('a link requested again is the same for the same caller, and costs no call', async () => {
  const first = await ask();
  expect(first.publicURL).toMatch(/^https:\/\/oss\.example/);
  expect(await ask()).toEqual(first);
  expect(linkCalls()).toBe(1);
  await ask('bob');
  expect(linkCalls()).toBe(2);
  expect(product.audit()).toMatchObject([
    { outcome: 'GRANTED', reused: false },
    { outcome: 'GRANTED', reused: true },
    { outcome: 'GRANTED', reused: false },
  ]);
});

it('the engine of an instance is looked up once for all requests; the instance for each', async () => {
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
