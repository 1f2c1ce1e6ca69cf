import { execFile } from 'node:child_process';
import { mkdir, open, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../../helpers/closing.js';
import { writeBackup, writeInstance } from '../../helpers/embedded.js';
import { openCatalogue, type TestCatalogue } from '../../helpers/folder-catalogue.js';
import { until } from '../../helpers/until.js';

const run = promisify(execFile);
const INSTANCE = { regionId: 'cn-north-1', instanceId: 'sqlserver-1' };
const BACKUP = { ...INSTANCE, backupId: 'bk-1' };

let folder: string;
let catalogue: TestCatalogue;

beforeEach(async () => {
  folder = temporaryFolder();
  await writeInstance(folder, INSTANCE, { engine: 'SQL Server' });
  await writeBackup(folder, BACKUP, {
    manifest: { backupStatus: 'COMPLETED' },
    files: { 'shop.bak': 'shop' },
  });
  catalogue = await openCatalogue(folder);
  await catalogue.read();
});

const path = (...names: string[]) => join(folder, ...names);

describe('a folder made in one go', () => {
  it('disappears when removed, and is back with new content when created again', async () => {
    for (let round = 1; round <= 20; round += 1) {
      await rm(path('cn-north-1', 'sqlserver-1'), { recursive: true });
      if (round % 2 === 0) expect(await catalogue.names(INSTANCE)).toBeNull();
      await writeInstance(folder, INSTANCE, { engine: 'SQL Server' });
      await writeBackup(folder, BACKUP, { files: { 'shop.bak': 'x'.repeat(round) } });
      expect(await catalogue.listed(BACKUP)).toMatchObject({ sizes: [round] });
      expect(await catalogue.backup(BACKUP)).toMatchObject({ files: [{ size: round }] });
    }
  });

  it('that is moved in is found, and one that is moved out is not', async () => {
    await rename(path('cn-north-1', 'sqlserver-1'), path('aside'));
    expect(await catalogue.names(INSTANCE)).toBeNull();
    expect(await catalogue.findBackups('cn-north-1', 'bk-1')).toEqual([]);
    await rename(path('aside'), path('cn-north-1', 'sqlserver-2'));
    expect(await catalogue.names({ ...INSTANCE, instanceId: 'sqlserver-2' })).toEqual(['bk-1']);
  });
});

describe('what is changed where it stands', () => {
  it('notices a changed backup.json, even of the same length and with its old time', async () => {
    const manifest = path(...Object.values(BACKUP), 'backup.json');
    const before = await stat(manifest);
    const handle = await open(manifest, 'r+');
    await handle.write('{"backupStatus":"ERROR"    }');
    await handle.close();
    await utimes(manifest, before.atime, before.mtime);
    expect(await catalogue.listed(BACKUP)).toMatchObject({ status: 'ERROR' });
    expect(await catalogue.backup(BACKUP)).toMatchObject({ manifest: { backupStatus: 'ERROR' } });
  });

  it('notices a file that replaces another of the same size and time', async () => {
    const file = path(...Object.values(BACKUP), 'files', 'shop.bak');
    const before = await catalogue.backup(BACKUP);
    const other = path('other.bak');
    await writeFile(other, 'pohs');
    await run('touch', ['-r', file, other]);
    await run('cp', ['-a', '--remove-destination', other, file]);
    const after = await catalogue.backup(BACKUP);
    expect(after?.files).toMatchObject([{ size: 4 }]);
    expect(after?.files[0]?.version).not.toBe(before?.files[0]?.version);
    expect((await catalogue.findBackups('cn-north-1', 'bk-1'))[0]?.files).toEqual(after?.files);
  });

  it('notices a file that grows, one that is added and one that is removed', async () => {
    const files = path(...Object.values(BACKUP), 'files');
    await writeFile(join(files, 'shop.bak'), 'shop and more');
    expect(await catalogue.listed(BACKUP)).toMatchObject({ sizes: [13] });
    await writeFile(join(files, 'a.bak'), '1');
    expect(await catalogue.listed(BACKUP)).toMatchObject({ sizes: [1, 13] });
    await rm(join(files, 'shop.bak'));
    expect(await catalogue.listed(BACKUP)).toMatchObject({ sizes: [1] });
  });

  it('notices the removal of instance.json, without which backups are retained', async () => {
    await rm(path('cn-north-1', 'sqlserver-1', 'instance.json'));
    await writeFile(path(...Object.values(BACKUP), 'backup.json'), '{}');
    expect(await catalogue.instances('cn-north-1')).toEqual([]);
    expect(await catalogue.listed(BACKUP)).toMatchObject({ status: 'RETAINED' });
    await writeInstance(folder, INSTANCE, { engine: 'SQL Server', instanceName: 'shop' });
    expect(await catalogue.listed(BACKUP)).toMatchObject({ status: 'COMPLETED' });
    expect(await catalogue.backup(BACKUP)).toMatchObject({ instanceName: 'shop' });
  });

  it('notices a broken backup.json that is repaired', async () => {
    const manifest = path(...Object.values(BACKUP), 'backup.json');
    await writeFile(manifest, '{');
    expect(await catalogue.backup(BACKUP)).toBeNull();
    await writeFile(manifest, '{}');
    expect(await catalogue.backup(BACKUP)).not.toBeNull();
    await until(async () => (await catalogue.names(INSTANCE))?.length === 1);
  });
});

it('a backup with old times is found', async () => {
  const source = path('elsewhere', 'bk-old');
  await mkdir(join(source, 'files'), { recursive: true });
  await writeFile(join(source, 'files', 'old.bak'), 'old');
  const past = new Date('2024-01-01T00:00:00Z');
  for (const one of ['files/old.bak', 'files', '.']) await utimes(join(source, one), past, past);
  await run('cp', ['-a', source, path('cn-north-1', 'sqlserver-1')]);
  await utimes(path('cn-north-1', 'sqlserver-1'), past, past);
  expect(await catalogue.names(INSTANCE)).toEqual(['bk-1', 'bk-old']);
});

it('ids are those of folders, and nothing else is looked up', async () => {
  for (const backupId of ['..', '.', '', 'bk-1/files', 'BK-1']) {
    expect(await catalogue.backup({ ...INSTANCE, backupId })).toBeNull();
    expect(await catalogue.findBackups('cn-north-1', backupId)).toEqual([]);
    expect(await catalogue.backups({ ...INSTANCE, instanceId: backupId })).toBeNull();
    expect(await catalogue.instances(backupId)).toEqual([]);
  }
});

it('a list sees that a backup is no longer being built, though its folder has not changed', async () => {
  const manifest = path(...Object.values(BACKUP), 'backup.json');
  const statuses = async () =>
    (await catalogue.backups(INSTANCE))?.map(({ manifest: { backupStatus } }) => backupStatus);
  const past = new Date('2024-01-01T00:00:00Z');
  await writeFile(manifest, '{"backupStatus": "BUILDING"}');
  await utimes(path(...Object.values(BACKUP)), past, past);
  expect(await statuses()).toEqual(['BUILDING']);
  await writeFile(manifest, '{"backupStatus": "COMPLETED"}');
  expect(await statuses()).toEqual(['COMPLETED']);
});

it('a full check finds what has changed in an old backup that no page has shown since', async () => {
  const quiet = { now: () => Date.now() + 120_000 };
  const checked = await openCatalogue(folder, { ...quiet, fullCheckMs: 20 });
  const unchecked = await openCatalogue(folder, quiet);
  const mode = async (one: TestCatalogue) =>
    (await one.backups(INSTANCE))?.map(({ manifest }) => manifest.backupMode)[0];
  expect([await mode(checked), await mode(unchecked)]).toEqual([undefined, undefined]);
  await writeFile(path(...Object.values(BACKUP), 'backup.json'), '{"backupMode": "manual"}');
  await until(async () => (await mode(checked)) === 'manual');
  expect(await mode(unchecked)).toBeUndefined();
  expect(await unchecked.listed(BACKUP)).toBeDefined();
  expect(await mode(unchecked)).toBe('manual');
});

it('an instance is answered before everything has been read, and everything is read', async () => {
  const other = { ...INSTANCE, instanceId: 'sqlserver-2' };
  await writeInstance(folder, other, { engine: 'SQL Server' });
  for (let n = 0; n < 300; n += 1) {
    await writeBackup(folder, { ...INSTANCE, backupId: `bk-${n}` }, { files: { a: '1' } });
  }
  await writeBackup(folder, { ...other, backupId: 'bk-1' }, { files: { a: '1' } });
  const second = await openCatalogue(folder);
  let isRead = false;
  const read = second.read().then(() => (isRead = true));
  expect(await second.names(other)).toEqual(['bk-1']);
  expect(isRead).toBe(false);
  await read;
  await second.close();
  expect(second.lines()).toMatchObject([{ msg: 'read the backups', backups: 301 }]);
});
