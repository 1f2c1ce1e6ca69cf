import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { type Product, startProduct, startProductAt, toAuditRows } from '../helpers/product.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';
import { backupRow, instanceRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const sqlId = `${REGION}/${SQL_INSTANCE}/sql-1`;
const LINK = 'https://oss.example/k?Expires=1795600800&Signature=LINKSIG';
const QUERY = `query ($id: ID!, $fileName: String, $expiresIn: Int) {
  backup(id: $id) { downloadURL(fileName: $fileName, expiresIn: $expiresIn) { ... on DownloadLink { available } } }
}`;

const upstream = await startScriptedUpstream({
  instances: [instanceRow()],
  backups: [backupRow({ backupId: 'sql-1' })],
});

beforeEach(() => {
  upstream.handle('describeBackupDownloadURL', ok({ publicURL: LINK, internalURL: '' }));
});

describe('a link request', () => {
  let product: Product;

  beforeEach(async () => {
    product = await startProductAt(upstream.origin, { ...SECRET_AUTH, UPSTREAM_MAX_RETRIES: '0' });
  });

  const ask = async (variables: object = {}, claims: Record<string, unknown> = {}) =>
    product.query(
      QUERY,
      { id: sqlId, fileName: 'shop.bak', expiresIn: 60, ...variables },
      await bearer(claims),
    );

  it('that is granted is recorded whole, without the link', async () => {
    await ask();
    expect(product.audit()).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        event: 'link.issue',
        caller: 'alice',
        backupId: sqlId,
        fileName: 'shop.bak',
        lifetime: 60,
        expiresAt: '2026-11-25T10:00:00.000Z',
        outcome: 'GRANTED',
        linkId: expect.stringMatching(/^[0-9a-f]{16}$/),
        reused: false,
        requestId: 'req-ok',
        clientAddress: '127.0.0.1',
        httpRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ]);
    expect(JSON.stringify(product.audit()) + product.log.join('')).not.toMatch(
      /LINKSIG|oss\.example/,
    );
  });

  it.each<[string, object, Record<string, unknown>]>([
    ['FORBIDDEN', {}, { scope: 'backups:read' }],
    ['FILE_NAME_REQUIRED', { fileName: null }, {}],
    ['FILE_NOT_IN_BACKUP', { fileName: 'nope.bak' }, {}],
    ['EXPIRES_IN_OUT_OF_RANGE', { expiresIn: 0 }, {}],
  ])('that is refused is recorded as %s', async (outcome, variables, claims) => {
    await ask(variables, claims);
    const asked = { fileName: 'shop.bak', lifetime: 60, ...variables };
    const lifetime = 'expiresIn' in variables ? variables.expiresIn : asked.lifetime;
    expect(product.audit()).toMatchObject([
      { outcome, fileName: asked.fileName, lifetime, caller: 'alice', backupId: sqlId },
    ]);
    expect(product.audit()[0]).toMatchObject({ expiresAt: null, linkId: null, requestId: null });
    expect(upstream.calls('describeBackupDownloadURL')).toHaveLength(0);
  });

  it('that the upstream fails is recorded with its request id', async () => {
    upstream.handle('describeBackupDownloadURL', fail(500, 'INTERNAL', { requestId: 'req-500' }));
    await ask();
    expect(product.audit()).toMatchObject([
      { outcome: 'UPSTREAM_UNAVAILABLE', requestId: 'req-500', linkId: null, reused: null },
    ]);
  });

  it('that finds no link yet is recorded so', async () => {
    upstream.handle('describeBackupDownloadURL', ok({ publicURL: '', internalURL: '' }));
    await ask();
    expect(product.audit()).toMatchObject([
      { outcome: 'NOT_AVAILABLE', requestId: 'req-ok', linkId: null },
    ]);
  });

  it('cannot forge a record, and is cut', async () => {
    const forged = 'a.bak\n{"event":"link.issue","outcome":"GRANTED","caller":"admin"}\u2028x';
    await ask({ fileName: forged });
    await ask({ fileName: `${forged}${'x'.repeat(5000)}` });
    const names = product.audit().map(({ fileName }) => fileName);
    expect(names).toEqual([forged, expect.stringMatching(/x…$/)]);
    expect(names[1]).toHaveLength(513);
    expect(product.audit().map(({ outcome }) => outcome)).toEqual(
      Array(2).fill('FILE_NOT_IN_BACKUP'),
    );
  });

  it('is one for each field that is executed, also where one call answers several', async () => {
    const query = `{ backup(id: "${sqlId}") {
      a: downloadURL(fileName: "shop.bak") { ... on DownloadLink { available } }
      b: downloadURL(fileName: "shop.bak") { ... on DownloadLink { available } }
      files { downloadURL { ... on DownloadLink { available } } }
      none: downloadURL(fileName: "shop.bak") @skip(if: true) { ... on DownloadLink { available } }
    } }`;
    await product.query(query, {}, await bearer());
    expect(upstream.calls('describeBackupDownloadURL')).toHaveLength(2);
    const records = product.audit();
    expect(records.map(({ fileName }) => fileName).sort()).toEqual([
      'crm.bak',
      'shop.bak',
      'shop.bak',
      'shop.bak',
    ]);
    expect(new Set(records.map(({ httpRequestId }) => httpRequestId)).size).toBe(1);
  });

  it('is none where nothing but lists is read', async () => {
    await product.query(`{ backup(id: "${sqlId}") { id files { name } } }`, {}, await bearer());
    expect(product.audit()).toEqual([]);
  });
});

describe('records that cannot be written', () => {
  it('withhold links, are logged once, and allow links again on recovery', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'audit.log');
    await symlink('/dev/full', path);
    const product = await startProductAt(upstream.origin, { AUDIT_LOG: path });
    const variables = { id: sqlId, fileName: 'shop.bak' };

    for (let i = 0; i < 2; i += 1) {
      const { data, errors, text } = await product.query(QUERY, variables);
      expect(data).toEqual({ backup: { downloadURL: null } });
      expect(errors).toEqual([
        {
          message: 'Internal server error',
          locations: expect.anything(),
          path: ['backup', 'downloadURL'],
          extensions: { code: 'INTERNAL_SERVER_ERROR' },
        },
      ]);
      expect(text).not.toContain('LINKSIG');
    }
    const refused = await product.query(QUERY, { ...variables, fileName: 'nope.bak' });
    expect(refused.errors[0]?.extensions.code).toBe('FILE_NOT_IN_BACKUP');

    await unlink(path);
    const { data } = await product.query(QUERY, variables);
    expect(data).toEqual({ backup: { downloadURL: { available: true } } });
    await product.close();
    expect(toAuditRows(await readFile(path, 'utf8'))).toMatchObject([{ outcome: 'GRANTED' }]);

    const messages = product.lines();
    expect(messages.filter(({ level }) => level >= 50)).toMatchObject([
      { msg: 'audit records cannot be written; no links are issued' },
    ]);
    expect(messages.map(({ msg }) => msg)).toContain('audit log is writable again');
  });
});

describe('a page whose records cannot be written', () => {
  const inAnHour = `https://oss.example/k?Expires=${Math.floor(Date.now() / 1000) + 3600}&Signature=LINKSIG`;
  const PAGE = `{ backups(regionId: "${REGION}", instanceId: "${SQL_INSTANCE}", first: 2) { nodes {
    name
    link: downloadURL(fileName: "shop.bak") { ... on DownloadLink { publicURL } }
    wrong: downloadURL(fileName: "nope.bak") { ... on DownloadLink { publicURL } }
  } } }`;

  it.each([
    ['new', '0', 2],
    ['reused', '0.9', 1],
  ])('withholds its links, %s ones, and nothing else', async (_which, reuse, calls) => {
    upstream.handle('describeBackupDownloadURL', ok({ publicURL: inAnHour, internalURL: '' }));
    const folder = temporaryFolder();
    const path = join(folder, 'audit.log');
    const product = await startProductAt(upstream.origin, { AUDIT_LOG: path, LINK_REUSE: reuse });
    const refused = { path: ['backups', 'nodes', 0, 'wrong'], code: 'FILE_NOT_IN_BACKUP' };
    const withheld = { path: ['backups', 'nodes', 0, 'link'], code: 'INTERNAL_SERVER_ERROR' };
    const ask = async () => {
      const { data, errors, text } = await product.query(PAGE);
      const told = errors.map(({ path: place, extensions: { code } }) => ({ path: place, code }));
      return { nodes: data.backups.nodes, errors: told, hasLink: text.includes('LINKSIG') };
    };

    expect(await ask()).toMatchObject({ errors: [refused], hasLink: true });
    await unlink(path);
    await symlink('/dev/full', path);
    const { nodes, errors, hasLink } = await ask();
    expect(nodes).toEqual([{ name: expect.any(String), link: null, wrong: null }]);
    expect(errors).toEqual([refused, withheld]);
    expect(hasLink).toBe(false);
    expect(upstream.calls('describeBackupDownloadURL')).toHaveLength(calls);
  });
});

describe('a download from the embedded upstream', () => {
  it('is recorded under the id of its link, and flushed at the end; what nobody signed is not', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'audit.log');
    const product = await startProduct({
      EMBEDDED_DIR: await sampleBelow(folder),
      AUDIT_LOG: path,
    });
    const id = 'cn-north-1/sqlserver-83uqv7avy4/3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50';
    const query = `{ backup(id: "${id}") { downloadURL(fileName: "shop.bak") {
      ... on DownloadLink { publicURL internalURL }
    } } }`;
    const { data } = await product.query(query);
    const { publicURL, internalURL } = data.backup.downloadURL;
    const bytes = (await (await fetch(publicURL)).arrayBuffer()).byteLength;
    await (await fetch(internalURL, { headers: { range: 'bytes=0-3' } })).arrayBuffer();
    await (await fetch(`${publicURL}0`)).text();
    await product.close();

    const text = await readFile(path, 'utf8');
    const [issued, ...downloads] = toAuditRows(text);
    expect(issued).toMatchObject({ event: 'link.issue', outcome: 'GRANTED', backupId: id });
    const { linkId } = issued!;
    const download = { event: 'link.download', backupId: id, clientAddress: '127.0.0.1' };
    expect(downloads).toMatchObject([
      { ...download, linkId, fileName: 'shop.bak', status: 200, bytes },
      { ...download, linkId, fileName: 'shop.bak', status: 206, bytes: 4 },
    ]);
    expect(downloads).toHaveLength(2);
    const signature = new URL(publicURL).searchParams.get('Signature')!;
    expect(text + product.log.join('')).not.toContain(signature);
  });
});
