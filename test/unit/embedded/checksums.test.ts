import { copyFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { sha256Of } from '../../../src/embedded/catalogue/checksums.js';
import { temporaryFolder } from '../../helpers/closing.js';
import { listFiles } from '../../../src/embedded/folder/list-files.js';

const SHA256 = 'a'.repeat(64);

const folder = temporaryFolder();
const path = `${folder}/shop.bak`;

beforeEach(async () => {
  await writeFile(path, 'first');
});

async function digestAfter(change: () => Promise<unknown>): Promise<string | null> {
  const [before] = listFiles(folder).files;
  const kept = { 'shop.bak': { sha256: SHA256, version: before!.version } };
  await change();
  const after = listFiles(folder).files.find(({ name }) => name === 'shop.bak');
  return sha256Of(kept, after!);
}

describe('the digest kept for a file', () => {
  it('is that of the file it was computed of', async () => {
    expect(await digestAfter(() => stat(path))).toBe(SHA256);
  });

  it.each([
    ['written in place with its time put back', putBack(() => writeFile(path, 'other'))],
    [
      'replaced by one of its size and time',
      putBack(async () => {
        await writeFile(`${folder}/other`, 'other');
        await rm(path);
        await copyFile(`${folder}/other`, path);
      }),
    ],
    [
      'replaced by a rename',
      putBack(async () => {
        await writeFile(`${folder}/other`, 'other');
        await rename(`${folder}/other`, path);
      }),
    ],
    ['longer', () => writeFile(path, 'longer than before')],
  ])('is not that of one %s', async (_, change) => {
    expect(await digestAfter(change)).toBeNull();
  });

  it.each(['__proto__', 'constructor', 'other.bak'])('is none for %s', (name) => {
    expect(sha256Of({}, { name, version: '1' })).toBeNull();
    expect(sha256Of(undefined, { name, version: '1' })).toBeNull();
  });
});

/** With the times the file had before, as `touch -r` does. */
function putBack(change: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    const { atime, mtime } = await stat(path);
    await change();
    await utimes(path, atime, mtime);
  };
}
