import { hash } from 'node:crypto';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../helpers/closing.js';
import { writeBackup, writeInstance, sampleBelow } from '../helpers/embedded.js';
import { startProduct, startProductAt, type Product } from '../helpers/product.js';
import { startScriptedUpstream, type ScriptedUpstream } from '../helpers/scripted-upstream.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';
import { backupRow, instanceRow } from '../helpers/upstream-rows.js';
import * as operations from '../generated/operations.js';

const SQL_SERVER = {
  id: 'cn-north-1/sqlserver-83uqv7avy4/3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50',
  fileName: '订单库.bak',
};
const MYSQL = { id: 'cn-north-1/mysql-wp4e9ztap2/8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f' };

describe('own backups', () => {
  let folder: string;
  let product: Product;

  beforeAll(async () => {
    folder = temporaryFolder();
    product = await startProduct({ EMBEDDED_DIR: await sampleBelow(folder), LINK_REUSE: '0' });
  });

  it.each([SQL_SERVER, MYSQL])(
    'have links with the size and digest of the file: %j',
    async (of) => {
      const { data, errors } = await product.query(operations.BackupLinkDocument, of);
      expect(errors).toEqual([]);
      const link = data.backup!.downloadURL!;
      const body = Buffer.from(await (await fetch(link.publicURL!)).arrayBuffer());
      expect(link).toMatchObject({ sizeBytes: body.length, sha256: hash('sha256', body) });
    },
  );

  it('report the size of each file', async () => {
    const { data } = await product.query(operations.BackupFactsDocument, SQL_SERVER);
    const { files, sizeBytes } = data.backup!;
    expect(files).toHaveLength(4);
    expect(files.reduce((sum, file) => sum + file.sizeBytes!, 0)).toBe(sizeBytes);
  });

  it('have no digest for a file that was replaced after it was computed', async () => {
    const path = `${folder}/data/${SQL_SERVER.id}/files/crm.bak`;
    const { size, atime, mtime } = await stat(path);
    await writeFile(path, Buffer.alloc(size, 'x'));
    await utimes(path, atime, mtime);
    const asked = { ...SQL_SERVER, fileName: 'crm.bak' };
    const { data } = await product.query(operations.BackupLinkDocument, asked);
    expect(data.backup!.downloadURL).toMatchObject({ sizeBytes: size, sha256: null });
  });

  it('have none for a reused link either', async () => {
    const reusing = await startProduct({
      EMBEDDED_DIR: await sampleBelow(folder),
      LINK_REUSE: '0.5',
    });
    const asked = { ...SQL_SERVER, fileName: 'my db.bak' };
    const ask = async () => {
      const { data } = await reusing.query(operations.BackupLinkDocument, asked);
      return data.backup!.downloadURL!;
    };
    const first = await ask();
    expect(first.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await ask()).toEqual(first);
    await writeFile(`${folder}/data/${SQL_SERVER.id}/files/my db.bak`, 'replaced');
    expect(await ask()).toMatchObject({ sizeBytes: 8, sha256: null });
  });

  it('report nothing about a file nobody can download yet', async () => {
    const building = {
      id: 'cn-north-1/sqlserver-83uqv7avy4/9b3d5f70-2c4e-4a81-9c6b-4a5b6c7d8e93',
    };
    const { data } = await product.query(operations.BackupFactsDocument, building);
    expect(data.backup).toMatchObject({ status: 'BUILDING', files: [] });
  });

  it('report the size if the manifest has no digest or an invalid one', async () => {
    const key = { regionId: 'cn-north-1', instanceId: 'mysql-own', backupId: 'own-1' };
    await writeInstance(`${folder}/data`, key, { engine: 'MySQL' });
    const manifest = { backupName: 'own', checksums: { 'dump.sql': { sha256: 'none' } } };
    await writeBackup(`${folder}/data`, key, { manifest, files: { 'dump.sql': 'own' } });
    const id = 'cn-north-1/mysql-own/own-1';
    const { data } = await product.query(operations.BackupLinkDocument, { id });
    expect(data.backup!.downloadURL).toMatchObject({ sizeBytes: 3, sha256: null });
  });

  it('are in regions that hold any', async () => {
    const { data } = await product.query(operations.RegionsDocument, {});
    expect(data.regions).toEqual([
      { id: 'cn-east-2', name: 'Shanghai' },
      { id: 'cn-north-1', name: 'Beijing' },
    ]);
  });

  it('do not expose the digests in a manifest elsewhere', async () => {
    const manifest = await readFile(`${folder}/data/${MYSQL.id}/backup.json`, 'utf8');
    expect(manifest).toContain('checksums');
    const { text } = await product.query(operations.BackupFactsDocument, MYSQL);
    expect(text).not.toContain('version":"');
  });
});

describe('backups of the cloud', () => {
  let upstream: ScriptedUpstream;
  let product: Product;

  beforeAll(async () => {
    upstream = await startScriptedUpstream({
      instances: [instanceRow()],
      backups: [backupRow({ backupId: 'sql-1' })],
    });
    product = await startProductAt(upstream.origin, SECRET_AUTH);
  });

  it('have neither file sizes nor digests', async () => {
    const id = `cn-north-1/${String(instanceRow()['instanceId'])}/sql-1`;
    const asked = { id, fileName: 'shop.bak' };
    const headers = await bearer();
    const link = await product.query(operations.BackupLinkDocument, asked, headers);
    expect(link.data.backup!.downloadURL).toMatchObject({ sizeBytes: null, sha256: null });
    const facts = await product.query(operations.BackupFactsDocument, { id }, headers);
    expect(facts.data.backup!.files.map(({ sizeBytes }) => sizeBytes)).toEqual([null, null]);
  });

  it.each([
    ['nothing', {}, ['cn-north-1', 'cn-east-1', 'cn-east-2', 'cn-south-1']],
    ['regions', { regions: ['cn-east-2', 'cn-west-9'] }, ['cn-east-2', 'cn-west-9']],
    ['an instance of one', { instances: ['cn-east-1/mysql-1'] }, ['cn-east-1']],
    ['no region', { regions: [] }, []],
  ])(
    'are in the known regions that a token with %s may see, without a call',
    async (_, claims, ids) => {
      upstream.reset();
      const { data, errors } = await product.query(
        operations.RegionsDocument,
        {},
        await bearer(claims),
      );
      expect(errors).toEqual([]);
      expect(data.regions.map(({ id }) => id)).toEqual(ids);
      expect(data.regions.find(({ id }) => id === 'cn-west-9')?.name ?? null).toBeNull();
      expect(upstream.counts()).toEqual({});
    },
  );

  it.each([
    [{ scope: 'backups:download' }, 'FORBIDDEN'],
    [null, 'UNAUTHENTICATED'],
  ])('are in regions hidden from a token with %j', async (claims, code) => {
    const headers = claims === null ? {} : await bearer(claims);
    const { data, errors } = await product.query(operations.RegionsDocument, {}, headers);
    expect(data).toBeNull();
    expect(errors.map(({ extensions }) => extensions.code)).toEqual([code]);
  });
});
