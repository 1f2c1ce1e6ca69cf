import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { temporaryFolder } from '../../helpers/closing.js';
import { writeBackup, writeInstance } from '../../helpers/embedded.js';
import { startProduct } from '../../helpers/product.js';

const INSTANCE = { regionId: 'cn-north-1', instanceId: 'sqlserver-1' };
const COUNT = 3000;

it('a backup of 3,000 files is listed, found and linked within the deadlines, as are others', async () => {
  const folder = temporaryFolder();
  await writeInstance(folder, INSTANCE, { engine: 'SQL Server' });
  await writeBackup(folder, { ...INSTANCE, backupId: 'few' }, { files: { 'a.bak': '1' } });
  const files = join(folder, ...Object.values(INSTANCE), 'many', 'files');
  mkdirSync(files, { recursive: true });
  for (let n = 0; n < COUNT; n += 1) writeFileSync(join(files, `database_${n}.bak`), 'x');

  const product = await startProduct({ EMBEDDED_DIR: folder });
  const list = await product.query(
    '{ backups(regionId: "cn-north-1", instanceId: "sqlserver-1") { nodes { backupId sizeBytes } } }',
  );
  const one = await product.query(`{ backup(id: "cn-north-1/sqlserver-1/many") {
    sizeBytes downloadURL(fileName: "database_${COUNT - 1}.bak") {
      ... on DownloadLink { publicURL available sizeBytes } } } }`);
  expect([list.errors, one.errors]).toEqual([[], []]);
  expect(list.data.backups.nodes).toHaveLength(2);
  expect(one.data.backup).toMatchObject({
    sizeBytes: COUNT,
    downloadURL: { available: true, sizeBytes: 1 },
  });
  const download = await fetch(one.data.backup.downloadURL.publicURL as string);
  expect(await download.text()).toBe('x');
});
