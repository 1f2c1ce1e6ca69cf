import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createFolderCatalogue } from '../../../src/embedded/folder/folder-catalogue.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { temporaryFolder } from '../../helpers/embedded.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(() => folder.remove());

const open = (dir: string) =>
  createFolderCatalogue({ dir, timeZone: '+08:00', logger: createLogger('silent') });

it.each([
  ['a file', 'file', 'ENOTDIR'],
  ['not there', 'gone', 'ENOENT'],
])('a root that is %s is refused by the name of its setting', async (_, name, code) => {
  await writeFile(join(folder.path, 'file'), '');
  const dir = join(folder.path, name);
  await expect(open(dir)).rejects.toThrow(
    `EMBEDDED_DIR: the folder ${dir} cannot be read: ${code}.`,
  );
});

it('a root that is empty has no instances', async () => {
  const catalogue = await open(folder.path);
  expect(await catalogue.instances('cn-north-1')).toEqual([]);
});
