import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/closing.js';
import { sampleBelow } from '../helpers/embedded.js';
import { startProduct, startProductAt, toAuditRows } from '../helpers/product.js';
import { fail, ok, type Reply } from '../helpers/scripted-replies.js';
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
const product = await startProductAt(upstream.origin, {
  ...SECRET_AUTH,
  UPSTREAM_MAX_RETRIES: '0',
});
describe('a link request', () => {
  let before: number;
  beforeEach(() => {
    before = product.audit().length;
  });
  const records = () => product.audit().slice(before);

  const ask = async (variables: object = {}, claims: Record<string, unknown> = {}) =>
    product.query(
      QUERY,
      { id: sqlId, fileName: 'shop.bak', expiresIn: 60, ...variables },
      await bearer(claims),
    );

  it('that is granted is recorded whole, without the link', async () => {
    await ask();
    expect(records()).toEqual([
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
    expect(JSON.stringify(records()) + product.log.join('')).not.toMatch(/LINKSIG|oss\.example/);
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
    expect(records()).toEqual([
      expect.objectContaining({ outcome, fileName: asked.fileName, lifetime, caller: 'alice' }),
    ]);
    expect(records()[0]).toMatchObject({ expiresAt: null, linkId: null, requestId: null });
    expect(upstream.calls('describeBackupDownloadURL')).toHaveLength(0);
  });

  it.each<[string, Reply, object]>([
    [
      'the upstream fails',
      fail(500, 'INTERNAL', { requestId: 'req-500' }),
      { outcome: 'UPSTREAM_UNAVAILABLE', requestId: 'req-500', linkId: null, reused: null },
    ],
    [
      'finds no link yet',
      ok({ publicURL: '', internalURL: '' }),
      { outcome: 'NOT_AVAILABLE', requestId: 'req-ok', linkId: null },
    ],
  ])('that %s is recorded so', async (_, reply, record) => {
    upstream.handle('describeBackupDownloadURL', reply);
    await ask();
    expect(records()).toMatchObject([record]);
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
    expect(
      records()
        .map(({ fileName }) => fileName)
        .sort(),
    ).toEqual(['crm.bak', 'shop.bak', 'shop.bak', 'shop.bak']);
    expect(new Set(records().map(({ httpRequestId }) => httpRequestId)).size).toBe(1);
  });

  it('is none where nothing but lists is read', async () => {
    await product.query(`{ backup(id: "${sqlId}") { id files { name } } }`, {}, await bearer());
    expect(records()).toEqual([]);
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
  ])(
    'withholds its links, %s ones, and nothing else, until they can be',
    async (_which, reuse, calls) => {
      upstream.handle('describeBackupDownloadURL', ok({ publicURL: inAnHour, internalURL: '' }));
      const path = join(temporaryFolder(), 'audit.log');
      const withFile = await startProductAt(upstream.origin, {
        AUDIT_LOG: path,
        LINK_REUSE: reuse,
      });
      const refused = { path: ['backups', 'nodes', 0, 'wrong'], code: 'FILE_NOT_IN_BACKUP' };
      const withheld = { path: ['backups', 'nodes', 0, 'link'], code: 'INTERNAL_SERVER_ERROR' };
      const ask = async () => {
        const { data, errors, text } = await withFile.query(PAGE);
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
      await unlink(path);
      expect(await ask()).toMatchObject({ errors: [refused], hasLink: true });
      const granted = toAuditRows(await readFile(path, 'utf8')).filter(({ linkId }) => linkId);
      expect(granted).toMatchObject([{ outcome: 'GRANTED' }]);
    },
  );
});

describe('a download from the embedded upstream', () => {
  it('is recorded under the id of its link, and flushed at the end; what nobody signed is not', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'audit.log');
    const embedded = await startProduct({
      EMBEDDED_DIR: await sampleBelow(folder),
      AUDIT_LOG: path,
    });
    const id = 'cn-north-1/sqlserver-83uqv7avy4/3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50';
    const query = `{ backup(id: "${id}") { downloadURL(fileName: "shop.bak") {
      ... on DownloadLink { publicURL internalURL }
    } } }`;
    const { data } = await embedded.query(query);
    const { publicURL, internalURL } = data.backup.downloadURL;
    const bytes = (await (await fetch(publicURL)).arrayBuffer()).byteLength;
    await (await fetch(internalURL, { headers: { range: 'bytes=0-3' } })).arrayBuffer();
    await (await fetch(`${publicURL}0`)).text();
    await embedded.close();

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
    expect(text + embedded.log.join('')).not.toContain(signature);
  });
});
