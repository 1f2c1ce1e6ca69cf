import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { createFolderCatalogue } from '../../../src/embedded/folder/folder-catalogue.js';
import { temporaryFolder } from '../../helpers/closing.js';
import { createLogger } from '../../../src/telemetry/logger.js';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

const open = (dir: string) =>
  createFolderCatalogue({ dir, timeZone: '+08:00', logger: createLogger('silent') });

it.each([
  ['a file', 'file', 'ENOTDIR'],
  ['not there', 'gone', 'ENOENT'],
])('a root that is %s is refused by the name of its setting', async (_, name, code) => {
  await writeFile(join(folder, 'file'), '');
  const dir = join(folder, name);
  await expect(open(dir)).rejects.toThrow(
    `EMBEDDED_DIR: the folder ${dir} cannot be read: ${code}.`,
  );
});

it('a root that is empty has no instances', async () => {
  const catalogue = await open(folder);
  expect(await catalogue.instances('cn-north-1')).toEqual([]);
});
