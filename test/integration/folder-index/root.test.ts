import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { EMPTY_AFTER_MS } from '../../../src/embedded/folder/folder-catalogue.js';
import { temporaryFolder } from '../../helpers/closing.js';
import { writeBackup, writeInstance } from '../../helpers/embedded.js';
import { openCatalogue, type TestCatalogue } from '../../helpers/folder-catalogue.js';

const INSTANCE = { regionId: 'cn-north-1', instanceId: 'sqlserver-1' };
const BACKUP = { ...INSTANCE, backupId: 'bk-1' };

let folder: string;
let catalogue: TestCatalogue;
let time: number;

beforeEach(() => {
  folder = temporaryFolder();
  time = Date.now();
});

/** A tree with one backup whose file has as many bytes, beside the folder. */
async function tree(name: string, content: string): Promise<string> {
  const dir = join(folder, name);
  await writeInstance(dir, INSTANCE, { engine: 'SQL Server', instanceName: name });
  await writeBackup(dir, BACKUP, { files: { 'shop.bak': content } });
  return dir;
}

async function open(dir: string): Promise<void> {
  catalogue = await openCatalogue(dir, { now: () => time });
  await catalogue.read();
}

const warnings = () => catalogue.lines().filter(({ level }) => level === 40);

describe('a symbolic link that is switched by rename', () => {
  it('leads to the new tree at once', async () => {
    const dir = join(folder, 'current');
    await symlink(await tree('first', '1'), dir);
    await open(dir);
    expect(await catalogue.listed(BACKUP)).toMatchObject({ sizes: [1] });

    await symlink(await tree('second', '22'), `${dir}.new`);
    await rename(`${dir}.new`, dir);
    expect(await catalogue.instance(INSTANCE)).toMatchObject({
      manifest: { instanceName: 'second' },
    });
    expect((await catalogue.backups(INSTANCE))?.map(({ files }) => files[0]?.size)).toEqual([2]);
    expect((await catalogue.findBackups('cn-north-1', 'bk-1'))[0]?.files).toMatchObject([
      { size: 2 },
    ]);
    const file = await catalogue.openFile(BACKUP, 'shop.bak');
    expect(await file?.handle.readFile('utf8')).toBe('22');
    await file?.handle.close();
    expect(await catalogue.openFile({ ...BACKUP, backupId: 'bk-2' }, 'shop.bak')).toBeNull();
  });

  it('to nowhere is an error, and answered again once it leads somewhere', async () => {
    const dir = join(folder, 'current');
    await symlink(await tree('first', '1'), dir);
    await open(dir);
    await rename(join(folder, 'first'), join(folder, 'away'));
    await expect(catalogue.backups(INSTANCE)).rejects.toMatchObject({ httpStatus: 503 });
    await expect(catalogue.findBackups('cn-north-1', 'bk-1')).rejects.toMatchObject({
      httpStatus: 503,
    });
    await rename(join(folder, 'away'), join(folder, 'first'));
    expect(await catalogue.names(INSTANCE)).toEqual(['bk-1']);
    expect(warnings()).toMatchObject([{ file: '.', code: 'ENOENT' }]);
  });
});

describe('an empty folder where there was a full one', () => {
  it.each<[string, (dir: string) => Promise<void>]>([
    [
      'another, as under a mount that is away',
      async (dir) => {
        await rename(dir, `${dir}-away`);
        await mkdir(join(dir, 'lost+found'), { recursive: true });
      },
    ],
    [
      'the same',
      async (dir) => {
        await mkdir(`${dir}-away`);
        await rename(join(dir, 'cn-north-1'), join(`${dir}-away`, 'cn-north-1'));
      },
    ],
  ])('(%s) is not readable for a time, and then empty', async (_, empty) => {
    const dir = await tree('data', '1');
    await open(dir);
    await empty(dir);
    for (const passed of [0, EMPTY_AFTER_MS - 1]) {
      time += passed;
      for (const asked of [
        catalogue.regions(),
        catalogue.instance(INSTANCE),
        catalogue.backups(INSTANCE),
        catalogue.backup(BACKUP),
        catalogue.findBackups('cn-north-1', 'bk-1', 'sqlserver-1'),
      ]) {
        await expect(asked).rejects.toMatchObject({ httpStatus: 503 });
      }
    }
    expect(warnings()).toMatchObject([{ forS: EMPTY_AFTER_MS / 1000 }]);
    time += 1;
    expect(await catalogue.regions()).toEqual([]);
    expect(await catalogue.backups(INSTANCE)).toBeNull();
  });

  it('is answered at once when the mount is back', async () => {
    const dir = await tree('data', '1');
    await open(dir);
    await rename(dir, `${dir}-away`);
    await mkdir(dir);
    await expect(catalogue.backups(INSTANCE)).rejects.toMatchObject({ httpStatus: 503 });
    await rm(dir, { recursive: true });
    await rename(`${dir}-away`, dir);
    expect(await catalogue.listed(BACKUP)).toMatchObject({ sizes: [1] });
  });
});

it.each([
  ['a file', 'file', 'ENOTDIR'],
  ['not there', 'gone', 'ENOENT'],
])('a root that is %s is refused by the name of its setting', async (_, name, code) => {
  await writeFile(join(folder, 'file'), '');
  const dir = join(folder, name);
  await expect(open(dir)).rejects.toThrow(
    `EMBEDDED_DIR: the folder ${dir} cannot be read: ${code}.`,
  );
  await open(folder);
  expect(await catalogue.instances('cn-north-1')).toEqual([]);
});
