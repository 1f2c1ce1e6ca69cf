import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../../helpers/closing.js';
import { writeInstance } from '../../helpers/embedded.js';
import { openCatalogue, type TestCatalogue } from '../../helpers/folder-catalogue.js';
import { until } from '../../helpers/until.js';

const REGION = 'cn-north-1';
const INSTANCE = { regionId: REGION, instanceId: 'sqlserver-1' };
const BACKUP = { ...INSTANCE, backupId: 'bk-1' };

describe('a backup that a copying program brings bit by bit', () => {
  let catalogue: TestCatalogue;
  let backup: string;
  let files: string;
  beforeEach(async () => {
    const folder = temporaryFolder();
    await writeInstance(folder, INSTANCE, { engine: 'SQL Server' });
    catalogue = await openCatalogue(folder);
    await catalogue.read();
    backup = join(folder, ...Object.values(BACKUP));
    files = join(backup, 'files');
  });

  const listed = () => catalogue.listed(BACKUP);
  const linked = async () => (await catalogue.findBackups(REGION, 'bk-1'))[0]?.files ?? [];

  it('shows no file under its temporary name, and each under its own', async () => {
    await mkdir(backup, { recursive: true });
    expect(await listed()).toBeUndefined();
    await writeFile(join(backup, '.backup.json.Qx81aZ'), '{"backupSt');
    expect(await listed()).toBeUndefined();
    await mkdir(files);
    await writeFile(join(files, '.shop.bak.X7a9Qz'), 'sho');
    await until(async () => (await listed())?.sizes.length === 0);
    await appendFile(join(files, '.shop.bak.X7a9Qz'), 'p');
    expect(await linked()).toEqual([]);
    await rename(join(files, '.shop.bak.X7a9Qz'), join(files, 'shop.bak'));
    expect(await listed()).toEqual({ status: 'COMPLETED', sizes: [4] });
    await writeFile(join(backup, '.backup.json.Qx81aZ'), '{"backupStatus": "RETAINED"}');
    await rename(join(backup, '.backup.json.Qx81aZ'), join(backup, 'backup.json'));
    expect(await listed()).toEqual({ status: 'RETAINED', sizes: [4] });
    expect(await linked()).toMatchObject([{ name: 'shop.bak', size: 4 }]);
  });

  it('shows nothing of folders for parts, wherever they stand', async () => {
    for (const place of ['.~tmp~', '.rsync-partial', 'files/.~tmp~', 'files/.rsync-partial']) {
      await mkdir(join(backup, place), { recursive: true });
      await writeFile(join(backup, place, 'shop.bak'), 'part');
    }
    await mkdir(join(backup, '..', '.bk-2.a8Kd'), { recursive: true });
    await writeFile(join(files, 'shop.bak'), 'whole');
    expect(await listed()).toEqual({ status: 'COMPLETED', sizes: [5] });
    expect(await catalogue.names(INSTANCE)).toEqual(['bk-1']);
  });

  it('is the earlier one or the new one while a manifest is replaced, never none', async () => {
    await mkdir(files, { recursive: true });
    await writeFile(join(files, 'shop.bak'), 'shop');
    for (let round = 1; round <= 20; round += 1) {
      const status = round % 2 === 0 ? 'COMPLETED' : 'RETAINED';
      await writeFile(join(backup, '.new'), `{"backupStatus": "${status}"}`);
      const [seen] = await Promise.all([
        listed(),
        rename(join(backup, '.new'), join(backup, 'backup.json')),
      ]);
      expect(seen).toMatchObject({ sizes: [4] });
      expect(await listed()).toMatchObject({ status });
    }
  });
});
