import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  copyFile,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, writeBackup, writeInstance } from '../../helpers/embedded.js';
import { openCatalogue, type TestCatalogue } from '../../helpers/folder-catalogue.js';
import { asNormalUser, NORMAL_USER } from '../../helpers/normal-user.js';

const INSTANCE = { regionId: 'cn-north-1', instanceId: 'mysql-1' };
const NAME = '.backup-index.jsonl';
const IDS = ['bk-1', 'bk-2', 'bk-3'];
/** Long after the backups were written, so that their times prove that nothing has changed since. */
const later = () => Date.now() + 60_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;
const open: TestCatalogue[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder.path, NAME);
  await writeInstance(folder.path, INSTANCE, { engine: 'MySQL' });
  for (const backupId of IDS) {
    await writeBackup(
      folder.path,
      { ...INSTANCE, backupId },
      {
        manifest: {
          backupName: `name of ${backupId}\u2028`,
          backupStartTime: '2026-01-01T00:00:00',
        },
        files: { 'all.xbstream': backupId },
      },
    );
  }
  // A file that is there is kept up to date, however few backups there are.
  await writeFile(file, '');
  await (await start()).close();
  open.length = 0;
});

afterEach(async () => {
  for (const catalogue of open.splice(0)) await catalogue.close();
  await folder.remove();
});

async function start(): Promise<TestCatalogue> {
  const catalogue = await openCatalogue(folder.path, { now: later });
  open.push(catalogue);
  await catalogue.read();
  return catalogue;
}

const names = (catalogue: TestCatalogue) => catalogue.names(INSTANCE);
const rebuilt = (catalogue: TestCatalogue) =>
  catalogue.lines().filter(({ msg }) => String(msg).includes('kept index'));

/** Changes what is kept, and makes its end fit again. */
async function edit(change: (text: string) => string): Promise<void> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').slice(0, -1);
  const changed = change(lines.join('\n')).split('\n');
  const sha256 = createHash('sha256').update(changed.join('')).digest('hex');
  await writeFile(file, `${changed.join('\n')}\n= ${JSON.stringify({ sha256 })}\n`);
}

it('is used by the next start for what has not changed, and says nothing', async () => {
  // Shown by a name that only the kept index has: nothing else was read.
  await edit((text) => text.replace('name of bk-2', 'kept name of bk-2'));
  const catalogue = await start();
  expect(rebuilt(catalogue)).toEqual([]);
  expect(await names(catalogue)).toEqual(IDS);
  const found = await catalogue.backups(INSTANCE);
  expect(found?.map(({ manifest }) => manifest.backupName)).toEqual([
    'name of bk-1\u2028',
    'kept name of bk-2\u2028',
    'name of bk-3\u2028',
  ]);
  // For a link the backup itself is read.
  const [linked] = await catalogue.findBackups(INSTANCE.regionId, 'bk-2');
  expect(linked?.manifest.backupName).toBe('name of bk-2\u2028');
});

it('does not bring back what was removed, and does not hide what was added or changed meanwhile', async () => {
  await rm(join(folder.path, ...Object.values(INSTANCE), 'bk-1'), { recursive: true });
  const added = { ...INSTANCE, backupId: 'bk-4' };
  await writeBackup(folder.path, added, { manifest: { backupStartTime: '2026-02-01T00:00:00' } });
  const changed = { ...INSTANCE, backupId: 'bk-3' };
  await writeBackup(folder.path, changed, { files: { 'all.xbstream': 'longer than it was' } });
  const catalogue = await start();
  expect(await names(catalogue)).toEqual(['bk-4', 'bk-2', 'bk-3']);
  expect(await catalogue.findBackups(INSTANCE.regionId, 'bk-1')).toEqual([]);
  expect((await catalogue.backup(changed))?.files).toMatchObject([{ size: 18 }]);
});

describe('one that cannot be believed is rebuilt, and one line tells why', () => {
  const half = (text: string) => text.slice(0, text.length / 2);
  it.each<[string, (text: string) => string, string]>([
    ['cut in the middle', half, 'its end is missing'],
    ['empty', () => '', 'its end is missing'],
    [
      'of another version',
      (text) => text.replace('"format":"1 ', '"format":"2 '),
      'it was written by another version',
    ],
    ['no text', () => '\u0000\u0001\u0002', 'it was written by another version'],
    [
      'changed',
      (text) => text.replace('name of bk-1', 'name of bk-9'),
      'its checksum is that of another content',
    ],
    ['followed by something', (text) => `${text}more\n`, 'something follows its end'],
  ])('%s', async (_, damage, reason) => {
    await writeFile(file, damage(await readFile(file, 'utf8')));
    const catalogue = await start();
    expect(rebuilt(catalogue)).toMatchObject([{ level: 40, file: NAME, reason }]);
    expect(await names(catalogue)).toEqual(IDS);
    await catalogue.close();
    expect(rebuilt(await start())).toEqual([]);
  });

  it('of another folder', async () => {
    const other = await temporaryFolder();
    await writeBackup(other.path, { ...INSTANCE, backupId: 'bk-9' }, { files: { a: '1' } });
    await copyFile(file, join(other.path, NAME));
    const catalogue = await openCatalogue(other.path);
    open.push(catalogue);
    await catalogue.read();
    expect(rebuilt(catalogue)).toMatchObject([{ reason: 'it is of another folder' }]);
    expect(await names(catalogue)).toEqual(['bk-9']);
    await catalogue.close();
    await other.remove();
  });

  it.each<[string, () => Promise<void>, string]>([
    ['that others may write', () => chmod(file, 0o666), 'other users may write it'],
    [
      'that is a link',
      async () => {
        await rm(file);
        await symlink('/etc/hostname', file);
      },
      'it cannot be read: ELOOP',
    ],
  ])('%s', async (_, change, reason) => {
    await change();
    const catalogue = await start();
    expect(rebuilt(catalogue)).toMatchObject([{ reason }]);
    expect(await names(catalogue)).toEqual(IDS);
  });

  (process.geteuid?.() === 0 ? it : it.skip)('that belongs to another user', async () => {
    await chown(file, 12_345, 12_345);
    expect(rebuilt(await start())).toMatchObject([{ reason: 'it belongs to another user' }]);
  });
});

it('has no entries that backup.json could not have: those are read', async () => {
  await edit((text) =>
    text
      .replace('["bk-1",', '["../../etc",')
      .replace(/(\["bk-2".*?)"all.xbstream"/, '$1"../../../../etc/passwd"')
      .replace('"backupName":"name of bk-3', '"backupSizeByte":-1,"backupName":"name of bk-3'),
  );
  const catalogue = await start();
  expect(rebuilt(catalogue)).toMatchObject([{ ...INSTANCE, faults: 3 }]);
  expect(await names(catalogue)).toEqual(IDS);
  const all = await catalogue.backups(INSTANCE);
  expect(all?.flatMap(({ files }) => files.map(({ name }) => name))).toEqual(
    IDS.map(() => 'all.xbstream'),
  );
});

it('is complete even if others write it at the same time', async () => {
  const [one, other] = [await start(), await start()];
  await writeBackup(folder.path, { ...INSTANCE, backupId: 'bk-4' }, { files: { a: '1' } });
  await Promise.all([one, other].map((catalogue) => names(catalogue)));
  await Promise.all([one.close(), other.close()]);
  expect((await readdir(folder.path)).filter((name) => name.startsWith('.'))).toEqual([NAME]);
  const next = await start();
  expect(rebuilt(next)).toEqual([]);
  expect(await names(next)).toEqual(['bk-4', ...IDS]);
});

describe('in a folder that the user may read and not write', () => {
  /** With a file of another user, or none. */
  const opened = async (): Promise<TestCatalogue> => {
    await chmod(folder.path, 0o555);
    return asNormalUser(async () => {
      const catalogue = await start();
      await writeNothing(folder.path);
      return catalogue;
    });
  };
  const writeNothing = (dir: string) =>
    expect(writeFile(join(dir, 'any'), '')).rejects.toMatchObject({ code: 'EACCES' });
  afterEach(() => chmod(folder.path, 0o755));

  it('is not used if it is not readable, and one line each tells what that costs', async () => {
    await chmod(file, 0o000);
    const catalogue = await opened();
    expect(await names(catalogue)).toEqual(IDS);
    await asNormalUser(() => catalogue.close());
    expect(rebuilt(catalogue)).toMatchObject([{ level: 40, reason: 'it cannot be read: EACCES' }]);
    const kept = catalogue.lines().filter(({ msg }) => String(msg).includes('cannot be kept'));
    expect(kept).toMatchObject([{ level: 30, file: NAME, code: 'EACCES' }]);
  });

  it('is used if it is its own', async () => {
    if (process.geteuid?.() === 0) await chown(file, NORMAL_USER, NORMAL_USER);
    const catalogue = await opened();
    expect(await names(catalogue)).toEqual(IDS);
    await asNormalUser(() => catalogue.close());
    expect(rebuilt(catalogue)).toEqual([]);
  });
});

it('is not written where there are few backups', async () => {
  await rm(file);
  await (await start()).close();
  expect(await readdir(folder.path)).toEqual(['cn-north-1']);
});
