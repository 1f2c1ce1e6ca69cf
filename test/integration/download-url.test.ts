import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  BackupLinkDocument,
  BackupLinksPageDocument,
  FileLinksDocument,
} from '../generated/operations.js';
import { useProduct, startProductAt } from '../helpers/product.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import {
  backupRow,
  instanceRow,
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
  SQL_INSTANCE,
} from '../helpers/upstream-rows.js';

const sqlId = `${REGION}/${SQL_INSTANCE}/sql-1`;
const LINK = 'https://oss.example/k?Expires=1795600800&Signature=LINKSIG';
const mySqlId = `${REGION}/${MYSQL_INSTANCE}/my-1`;

const { product, upstream } = await useProduct({
  instances: [
    instanceRow({ engine: 'SQL Server' }),
    mySqlInstanceRow(),
    instanceRow({ instanceId: 'pg-1', engine: 'PostgreSQL' }),
    instanceRow({ instanceId: 'new-1', engine: 'Oracle' }),
  ],
  backups: [
    backupRow({ backupId: 'sql-1', engine: undefined }),
    backupRow({ backupId: 'sql-building', backupStatus: 'BUILDING', backupFiles: [] }),
    backupRow({ backupId: 'sql-partial', unavailableFiles: ['crm.bak'] }),
    mySqlBackupRow({ backupId: 'my-1' }),
    mySqlBackupRow({ backupId: 'pg-b', instanceId: 'pg-1' }),
    mySqlBackupRow({ backupId: 'new-b', instanceId: 'new-1' }),
    backupRow({ backupId: 'dead-sql', instanceId: 'dead-1', engine: undefined }),
    mySqlBackupRow({ backupId: 'dead-my', instanceId: 'dead-2', backupStatus: 'RETAINED' }),
    mySqlBackupRow({ backupId: 'dead-hint', instanceId: 'dead-3', engine: 'Percona' }),
  ],
});

beforeEach(() => {
  upstream.handle('describeBackupDownloadURL', ok({ publicURL: LINK, internalURL: '' }));
});

const linkCalls = () => upstream.calls('describeBackupDownloadURL').length;

describe('the link of a SQL Server file', () => {
  it('is passed on byte for byte, with its own expiry', async () => {
    const publicURL = 'http://oss.example/b/k.bak?Expires=1795600800&Signature=a+b/c==&x=%7e';
    upstream.handle('describeBackupDownloadURL', ok({ publicURL, internalURL: '' }));
    const { data, errors, status } = await product.query(BackupLinkDocument, {
      id: sqlId,
      fileName: 'shop.bak',
      expiresIn: 60,
    });
    expect({ status, errors }).toEqual({ status: 200, errors: [] });
    expect(data.backup?.downloadURL).toEqual({
      __typename: 'SqlServerBackupDownloadURL',
      fileName: 'shop.bak',
      databaseName: 'shop',
      publicURL,
      internalURL: null,
      available: true,
      expiresAt: '2026-11-25T10:00:00Z',
      sizeBytes: null,
      sha256: null,
    });
    expect(upstream.counts()).toEqual({
      describeBackups: 1,
      describeInstanceAttributes: 1,
      describeBackupDownloadURL: 1,
    });
    expect(upstream.calls('describeBackupDownloadURL')[0]?.query).toEqual({
      fileName: 'shop.bak',
      urlExpirationSecond: '60',
    });
  });

  it('is data, not an error, while it is not available', async () => {
    upstream.handle('describeBackupDownloadURL', ok({ publicURL: '', internalURL: '' }));
    const { data, errors, text } = await product.query(BackupLinkDocument, {
      id: sqlId,
      fileName: 'shop.bak',
    });
    expect(errors).toEqual([]);
    expect(data.backup?.downloadURL).toMatchObject({
      publicURL: null,
      internalURL: null,
      available: false,
      expiresAt: null,
    });
    expect(text).not.toContain('""');
  });

  it.each<[what: string, backupId: string, fileName: string, row: object]>([
    ['the backup is still being made', 'sql-building', 'shop.bak', { status: 'BUILDING' }],
    ['the store lacks the file', 'sql-partial', 'crm.bak', { status: 'COMPLETED' }],
  ])('is not available, without a call, while %s', async (_what, backupId, fileName, row) => {
    const id = `${REGION}/${SQL_INSTANCE}/${backupId}`;
    const { data, errors } = await product.query(BackupLinkDocument, { id, fileName });
    expect(errors).toEqual([]);
    expect(data.backup).toMatchObject({
      ...row,
      downloadURL: { publicURL: null, internalURL: null, available: false, expiresAt: null },
    });
    expect(linkCalls()).toBe(0);
    expect(product.audit().at(-1)).toMatchObject({ fileName, outcome: 'NOT_AVAILABLE' });
  });

  it('is there for the other files of a backup that is not whole, which says so', async () => {
    const { data, errors } = await product.query(
      '{ backup(id: "' +
        `${REGION}/${SQL_INSTANCE}/sql-partial` +
        '") { unavailableFileCount files { name available downloadURL { available } } } }',
    );
    expect(errors).toEqual([]);
    expect(data.backup).toEqual({
      unavailableFileCount: 1,
      files: [
        { name: 'shop.bak', available: true, downloadURL: { available: true } },
        { name: 'crm.bak', available: false, downloadURL: { available: false } },
      ],
    });
    expect(linkCalls()).toBe(1);
  });
});

describe('an invalid argument', () => {
  it.each([
    [sqlId, {}, 'FILE_NAME_REQUIRED', ['shop.bak', 'crm.bak']],
    [sqlId, { fileName: 'nope.bak' }, 'FILE_NOT_IN_BACKUP', ['shop.bak', 'crm.bak']],
    [sqlId, { fileName: 'shop.bak', expiresIn: 86_401 }, 'EXPIRES_IN_OUT_OF_RANGE', undefined],
    [mySqlId, { fileName: 'shop.bak' }, 'FILE_NAME_NOT_SUPPORTED', undefined],
    [mySqlId, { expiresIn: 300 }, 'EXPIRES_IN_NOT_SUPPORTED', undefined],
    [`${REGION}/pg-1/pg-b`, {}, 'ENGINE_UNSUPPORTED', undefined],
    [`${REGION}/new-1/new-b`, {}, 'ENGINE_UNKNOWN', undefined],
    [`${REGION}/dead-2/dead-my`, {}, 'ENGINE_UNKNOWN', undefined],
  ])('%s %j: %s', async (id, args, code, availableFiles) => {
    const { data, errors, status } = await product.query(BackupLinkDocument, { id, ...args });
    expect(status).toBe(200);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ path: ['backup', 'downloadURL'], extensions: { code } });
    expect(errors[0]?.extensions['availableFiles']).toEqual(availableFiles);
    expect(data.backup).toMatchObject({ id, downloadURL: null });
    expect(linkCalls()).toBe(0);
  });
});

describe('the engine of a deleted instance', () => {
  it('is inferred from the files of its backup', async () => {
    const { data } = await product.query(BackupLinkDocument, {
      id: `${REGION}/dead-1/dead-sql`,
      fileName: 'crm.bak',
    });
    expect(data.backup?.downloadURL?.__typename).toBe('SqlServerBackupDownloadURL');
  });

  it('is read from the backup without looking up the instance', async () => {
    const { data } = await product.query(BackupLinkDocument, { id: `${REGION}/dead-3/dead-hint` });
    expect(data.backup?.downloadURL?.__typename).toBe('MySqlBackupDownloadURL');
    expect(upstream.counts()).toEqual({ describeBackups: 1, describeBackupDownloadURL: 1 });
  });
});

describe('link calls', () => {
  it('give each file of a backup its own link', async () => {
    upstream.handle('describeBackupDownloadURL', ({ query }) =>
      ok({ publicURL: `https://oss.example/${query['fileName'] ?? ''}`, internalURL: '' }),
    );
    const { data } = await product.query(FileLinksDocument, { id: sqlId, expiresIn: 60 });
    expect(data.backup?.files).toMatchObject([
      { name: 'shop.bak', downloadURL: { publicURL: 'https://oss.example/shop.bak' } },
      { name: 'crm.bak', downloadURL: { publicURL: 'https://oss.example/crm.bak' } },
    ]);
    expect(linkCalls()).toBe(2);
  });
});

it('a failing link call fails only its field, with the request id and no upstream text', async () => {
  upstream.handle('describeBackupDownloadURL', ({ query }) =>
    query['fileName'] === 'crm.bak'
      ? fail(403, 'HTTP_FORBIDDEN', { requestId: 'req-403' })
      : ok({ publicURL: 'https://oss.example/k?Signature=LINKSIG', internalURL: '' }),
  );
  const { data, errors, text, status } = await product.query(FileLinksDocument, { id: sqlId });
  expect(status).toBe(200);
  expect(data.backup?.files.map((file) => file.downloadURL?.available)).toEqual([true, undefined]);
  expect(errors).toMatchObject([
    {
      path: ['backup', 'files', 1, 'downloadURL'],
      extensions: { code: 'UPSTREAM_AUTH', requestId: 'req-403' },
    },
  ]);
  expect(text).not.toMatch(/TESTAK|StringToSign|stacktrace/);
  const log = product.log.join('');
  expect(log).toContain('req-403');
  expect(log).not.toMatch(/LINKSIG|TESTSECRET|StringToSign|JDC_TESTKEY|Authorization/);
});

describe('public links disabled by the operator', () => {
  const internalURL = 'http://oss-internal.example/k?Expires=1795600800';

  it.each([
    [internalURL, { internalURL, available: true, expiresAt: '2026-11-25T10:00:00Z' }],
    ['', { internalURL: null, available: false, expiresAt: null }],
  ])('are withheld, beside the internal link %j', async (internal, expected) => {
    upstream.handle('describeBackupDownloadURL', ok({ publicURL: LINK, internalURL: internal }));
    const inside = await startProductAt(upstream.origin, { PUBLIC_LINKS: 'false' });
    const { data, errors, text } = await inside.query(BackupLinkDocument, {
      id: sqlId,
      fileName: 'shop.bak',
    });
    expect(errors).toEqual([]);
    expect(data.backup?.downloadURL).toMatchObject({ publicURL: null, ...expected });
    expect(text).not.toContain('LINKSIG');
  });
});

it('lifetimes of the MySQL family enabled by the operator are sent', async () => {
  const settable = await startProductAt(upstream.origin, { MYSQL_LINK_EXPIRY: 'settable' });
  const { errors } = await settable.query(BackupLinkDocument, { id: mySqlId, expiresIn: 300 });
  expect(errors).toEqual([]);
  expect(upstream.calls('describeBackupDownloadURL')[0]?.query).toEqual({
    urlExpirationSecond: '300',
  });
});

it('a page of 50 backups with links costs 50 link calls, one list and one engine call', async () => {
  const rows = Array.from({ length: 50 }, (_, index) => mySqlBackupRow({ backupId: `b-${index}` }));
  const page = await startScriptedUpstream({
    backups: rows,
    instances: [mySqlInstanceRow()],
    latencyMs: 5,
  });
  const capped = await startProductAt(page.origin, { UPSTREAM_MAX_CONCURRENCY: '8' });
  const { data, errors } = await capped.query(BackupLinksPageDocument, {
    regionId: REGION,
    instanceId: MYSQL_INSTANCE,
    first: 50,
  });
  expect(errors).toEqual([]);
  expect(data.backups?.nodes.every((node) => node.downloadURL?.available)).toBe(true);
  expect(page.counts()).toEqual({
    describeBackups: 1,
    describeInstanceAttributes: 1,
    describeBackupDownloadURL: 50,
  });
  expect(page.peakConcurrency()).toBe(8);
});
