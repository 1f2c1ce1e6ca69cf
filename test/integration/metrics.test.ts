import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { BackupLinkDocument } from '../generated/operations.js';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { startProduct, useProduct, startProductAt } from '../helpers/product.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';
import { until } from '../helpers/until.js';
import { backupRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const ID = `${REGION}/${SQL_INSTANCE}/b-1`;
const LINK = 'https://oss.example/k?Expires=1&Signature=LINKSIG';

const { product, upstream } = await useProduct({
  backups: [backupRow({ backupId: 'b-1' })],
  env: { UPSTREAM_MAX_RETRIES: '1' },
});

/** The samples whose line begins with `start`, by what stands between it and the value. */
async function samples(start: string): Promise<Record<string, number>> {
  const text = await product.metrics();
  const lines = text.split('\n').filter((line) => line.startsWith(start));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(start.length, at), Number(line.slice(at + 1))];
    }),
  );
}

describe('what is counted', () => {
  it('tells operations, outcomes of links and upstream attempts apart', async () => {
    upstream.handle('describeBackupDownloadURL', [
      ok({ publicURL: LINK, internalURL: '' }),
      ok({ publicURL: '', internalURL: '' }),
      fail(503, 'UNAVAILABLE', { headers: { 'retry-after': '0' } }),
      fail(500, 'INTERNAL'),
    ]);
    for (const fileName of ['shop.bak', 'crm.bak', 'shop.bak', undefined, 'none.bak']) {
      await product.query(BackupLinkDocument, {
        id: ID,
        ...(fileName !== undefined && { fileName }),
        expiresIn: fileName === 'shop.bak' ? 60 : 61,
      });
    }
    await product.query('{ backup(id: "no id") { id } }');
    await product.query('{ nothing }');

    expect(await samples('backup_graphql_operations_total')).toEqual({
      '{operation="anonymous",type="query",code="INVALID_ID"}': 1,
      '{operation="anonymous",type="none",code="GRAPHQL_VALIDATION_FAILED"}': 1,
      '{operation="BackupLink",type="query",code="OK"}': 2,
      '{operation="BackupLink",type="query",code="UPSTREAM_UNAVAILABLE"}': 1,
      '{operation="BackupLink",type="query",code="FILE_NAME_REQUIRED"}': 1,
      '{operation="BackupLink",type="query",code="FILE_NOT_IN_BACKUP"}': 1,
    });
    expect(await samples('backup_graphql_download_url_outcomes_total')).toEqual({
      '{code="GRANTED"}': 1,
      '{code="NOT_AVAILABLE"}': 1,
      '{code="UPSTREAM_UNAVAILABLE"}': 1,
      '{code="FILE_NAME_REQUIRED"}': 1,
      '{code="FILE_NOT_IN_BACKUP"}': 1,
    });
    const link = 'operation="describeBackupDownloadURL"';
    const attempts = await samples('backup_graphql_upstream_attempts_total');
    expect(attempts).toEqual({
      '{operation="describeBackups",status="200",attempt="1"}': upstream.counts().describeBackups,
      [`{${link},status="200",attempt="1"}`]: 2,
      [`{${link},status="503",attempt="1"}`]: 1,
      [`{${link},status="500",attempt="2"}`]: 1,
    });
    expect(await samples('backup_graphql_upstream_retries_total')).toEqual({ [`{${link}}`]: 1 });
    expect(await samples('backup_graphql_links_handed_out_total')).toEqual({
      '{origin="upstream"}': 2,
    });
    expect(await samples('backup_graphql_http_requests_total{route="/graphql"')).toEqual({
      ',method="POST",status="200"}': 6,
      ',method="POST",status="400"}': 1,
    });
  });

  it('knows the state of queue and breaker, and the process', async () => {
    expect(await samples('backup_graphql_upstream_breaker_state')).toEqual({
      '{state="closed"}': 1,
      '{state="half-open"}': 0,
      '{state="open"}': 0,
    });
    expect(await samples('backup_graphql_upstream_queued')).toEqual({ '': 0 });
    expect(await samples('backup_graphql_upstream_in_flight')).toEqual({ '': 0 });
    expect(await samples('backup_graphql_ready')).toEqual({ '': 1 });
    expect(Object.keys(await samples('process_resident_memory_bytes'))).toEqual(['']);
  });

  it('is clean by the rules of the format', async () => {
    const answer = await fetch(`${product.origin}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (await answer.text()).trimEnd().split('\n');
    const form =
      /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"\n]*"(,\w+="[^"\n]*")*\})? [\d.e+-]+|.* Nan)$/;
    expect(lines.filter((line) => line !== '' && !form.test(line))).toEqual([]);
  });
});

describe('what callers choose', () => {
  it('fills no label: names are kept apart up to a bound, and only of operations that were run', async () => {
    const times = Array.from({ length: 120 }, (_, index) => index);
    await Promise.all(times.map((index) => product.query(`query Refused${index} { nothing }`)));
    await Promise.all(times.map((index) => product.query(`query Name${index} { __typename }`)));
    const names = Object.keys(await samples('backup_graphql_operations_total')).map(
      (labels) => /operation="([^"]+)"/.exec(labels)?.[1],
    );
    expect(new Set(names).size).toBe(102);
    expect(names).toContain('other');
    expect(names.filter((name) => name?.startsWith('Refused'))).toEqual([]);
  });

  it('fills no label from callers without rights, however long the names they send', async () => {
    const closed = await startProductAt(upstream.origin, SECRET_AUTH);
    const shout = `Shout${'t'.repeat(200)}`;
    const rightless = await bearer({ scope: '' });
    for (const headers of [{}, rightless]) {
      expect((await closed.query('query Stranger { __typename }', {}, headers)).errors).toEqual([]);
    }
    const reader = await bearer({ scope: 'backups:read' });
    await closed.query(`query ${shout} { __typename }`, {}, reader);
    await closed.query('query Reader { __typename }', {}, reader);
    const text = await closed.metrics();
    expect(text).toContain('{operation="Reader",type="query",code="OK"} 1');
    expect(text).toContain('{operation="other",type="query",code="OK"} 3');
    expect(text).not.toMatch(/Stranger|Shout/);
  });

  it('gives no id, file name, link or caller away', async () => {
    const text = await product.metrics();
    for (const secret of ['b-1', SQL_INSTANCE, REGION, 'shop', 'LINKSIG', 'oss.example', 'JDC_']) {
      expect(text).not.toContain(secret);
    }
  });
});

it('counts the records that cannot be written, and no link as given', async () => {
  const other = await startProductAt(upstream.origin, { AUDIT_LOG: '/dev/full' });
  upstream.handle('describeBackupDownloadURL', ok({ publicURL: LINK, internalURL: '' }));
  await other.query(BackupLinkDocument, { id: ID, fileName: 'shop.bak' });
  const text = await other.metrics();
  expect(text).toContain('backup_graphql_audit_write_failures_total 1\n');
  expect(text).not.toContain('code="GRANTED"');
});

it('is there for those that METRICS_ALLOW admits, as trusted proxies name them', async () => {
  const served = await startProductAt(upstream.origin, {
    TRUSTED_PROXIES: '1',
    ALLOW_ANONYMOUS: 'true',
    METRICS_ALLOW: 'private',
  });
  const statusFor = async (headers: Record<string, string>) =>
    (await fetch(`${served.origin}/metrics`, { headers })).status;
  expect(await statusFor({ 'x-forwarded-for': '10.1.2.3' })).toBe(200);
  expect(await statusFor({ 'x-forwarded-for': '203.0.113.9' })).toBe(404);
  expect(await statusFor({ 'x-forwarded-for': '203.0.113.9, 10.1.2.3' })).toBe(404);
  expect(await statusFor({ via: '1.1 lb' })).toBe(404);
  expect((await fetch(`${product.origin}/metrics`)).status).toBe(200);
});

it('counts the downloads of the embedded upstream', async () => {
  const folder = temporaryFolder();
  const embedded = await startProduct({ EMBEDDED_DIR: await sampleBelow(folder) });
  const { data } = await embedded.query(
    `{ instances(regionId: "cn-north-1", engine: SQL_SERVER, first: 1) { nodes { backups(first: 5) { nodes {
        files { downloadURL { publicURL } } } } } } }`,
  );
  const url: string = data.instances.nodes
    .flatMap((instance: any) => instance.backups.nodes)
    .flatMap((backup: any) => backup.files)
    .map((file: any) => file.downloadURL?.publicURL)
    .find(Boolean);
  const { byteLength } = await (await fetch(url)).arrayBuffer();
  await (await fetch(`${url}x`)).text();
  // A download is counted once its last byte is out, which the client may have read before.
  let text = '';
  await until(async () => {
    text = await embedded.metrics();
    return text.includes('backup_graphql_embedded_downloads_total{status="200"} 1\n');
  });
  expect(text).toContain(`backup_graphql_embedded_download_bytes_total ${byteLength}\n`);
});

it('names the version of the product, and has no state of Redis without one', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const product = await startProductAt('http://127.0.0.1:9');
  const text = await product.metrics();
  expect(text).toContain(
    `backup_graphql_build_info{version="${version}",node="${process.version}"} 1\n`,
  );
  expect(text).not.toContain('redis_sharing');
});
