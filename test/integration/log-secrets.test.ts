import { expect, it } from '@jest/globals';
import { print } from 'graphql';
import { readFile } from 'node:fs/promises';
import { BackupLinkDocument } from '../generated/operations.js';
import { temporaryFolder } from '../helpers/closing.js';
import { cloudAt, startProcess } from '../helpers/product-process.js';
import { fail, html, ok, redirect, reset } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { SECRET_AUTH, secretToken, TOKEN_SECRET } from '../helpers/tokens.js';
import { startTraceCollector } from '../helpers/trace-collector.js';
import { backupRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const ID = `${REGION}/${SQL_INSTANCE}/b-1`;
const QUERY = print(BackupLinkDocument);

const folder = temporaryFolder();
const upstream = await startScriptedUpstream({ backups: [backupRow({ backupId: 'b-1' })] });
const collector = await startTraceCollector();

it('writes no secret, link or token anywhere, at any level, whatever happens', async () => {
  const auditFile = `${folder}/audit.jsonl`;
  const token = await secretToken();
  const process = await startProcess({
    ...SECRET_AUTH,
    ...cloudAt(upstream.origin),
    JDCLOUD_SECURITY_TOKEN: 'TESTSTS',
    LINK_REUSE: '0',
    UPSTREAM_MAX_RETRIES: '0',
    LOG_LEVEL: 'trace',
    AUDIT_LOG: auditFile,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
  });
  const post = async (body: object | string, bearer = token): Promise<string> =>
    (await process.post(body, { authorization: `Bearer ${bearer}` })).text;
  const ask = (fileName: unknown, more: object = {}): Promise<string> =>
    post({ query: QUERY, variables: { id: ID, fileName, ...more } });

  const link = 'https://oss.example/bucket/shop.bak?Expires=4102444800&Signature=LINKSIG';
  const told = {
    message: `AccessKeyId JDC_TESTKEY: StringToSign TESTSTS Signature=LINKSIG ${link}`,
  };
  upstream.handle('describeBackupDownloadURL', ok({ publicURL: link, internalURL: link }));
  expect(await ask('shop.bak')).toContain('LINKSIG');

  const failures = [
    fail(403, 'HTTP_FORBIDDEN', told),
    fail(400, 'INVALID_ARGUMENT', told),
    fail(429, 'RATE_LIMIT', told),
    html(502, `<html>${link} Authorization: JDCLOUD2-HMAC-SHA256 Credential=JDC_TESTKEY</html>`),
    ok({ publicURL: { href: link } }),
    ok({ publicURL: 'ftp://oss.example/?Signature=LINKSIG', internalURL: '' }),
    redirect(link),
    reset(),
  ];
  for (const reply of failures) {
    upstream.handle('describeBackupDownloadURL', reply);
    await ask('shop.bak');
  }
  await ask('LINKSIG.bak');
  await ask({ token: 'TESTSTS' });
  await ask('shop.bak', { expiresIn: 'TESTSECRET' });
  await post({
    query: QUERY,
    operationName: 'TESTSECRET',
    variables: { id: link, fileName: token },
  });
  await post({ query: '{ backup(id: "TESTSECRET") { id } ', variables: {} });
  await post(`{"query": "TESTSECRET`);
  await post({ query: QUERY }, `${token}x`);
  await fetch(`${process.origin}/TESTSECRET?Signature=LINKSIG`);
  await fetch(`${process.origin}/graphql?access_token=TESTSECRET`, {
    headers: { 'x-request-id': `Bearer ${token}` },
  });
  const metrics = await process.metrics();
  process.kill('SIGTERM');
  expect(await process.exited).toBe(0);

  const written = {
    streams: process.output(),
    audit: await readFile(auditFile, 'utf8'),
    metrics,
    traces: collector.received(),
  };
  // Each of them did write: what is empty would hold no secret either.
  expect(written.streams).toContain('upstream attempt');
  expect(written.audit).toContain('"outcome":"GRANTED"');
  expect(written.metrics).toContain('code="GRANTED"');
  expect(written.traces).toContain('describeBackupDownloadURL');

  const [, payload = '', signature = ''] = token.split('.');
  const secrets = [
    'TESTSECRET',
    'TESTSTS',
    'authorization',
    'JDC_TESTKEY',
    TOKEN_SECRET,
    payload,
    signature,
  ];
  for (const text of [...Object.values(written), written.streams.toLowerCase()]) {
    for (const secret of secrets) expect(text).not.toContain(secret);
  }
  for (const text of [written.streams, written.metrics, written.traces]) {
    expect(text).not.toContain('LINKSIG');
  }
  // The audit log tells the file that was asked for, whatever its name is, and no link.
  expect(written.audit.match(/LINKSIG[^"]*/g)).toEqual(['LINKSIG.bak']);
});
