import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Intervals } from '../../../src/cli/download/disk/intervals.js';
import { openPartFile, type PartFile } from '../../../src/cli/download/disk/part-file.js';

let dir: string;
let unsynced: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'part-file-'));
  unsynced = 0;
});

afterEach(() => rm(dir, { recursive: true }));

const state = {
  service: '',
  backup: '',
  file: null,
  sizeBytes: null,
  etag: null,
  lastModified: null,
  isStrong: false,
};

/** On a file system that answers a flush with an error. */
async function open(code: string): Promise<PartFile> {
  const path = join(dir, 'part');
  return openPartFile({
    path,
    statePath: `${path}.json`,
    done: new Intervals(),
    fresh: await stat(dir),
    describe: () => state,
    onUnsynced: () => (unsynced += 1),
    flush: () => Promise.reject(Object.assign(new Error(code), { code })),
  });
}

test.each(['EINVAL', 'ENOTSUP', 'ENOSYS'])(
  'A file system without flushes (%s) will do',
  async (code) => {
    const part = await open(code);
    for (const position of [0, 3, 6]) {
      await part.write([Buffer.from('abc')], position);
      await part.save();
    }
    await part.close();
    expect(unsynced).toBe(1);
    expect((await readdir(dir)).sort()).toEqual(['part', 'part.json']);
  },
);

test('A disk that fails ends it', async () => {
  await expect(open('EIO')).rejects.toMatchObject({
    kind: 'target',
    message: expect.stringContaining('The disk failed'),
  });
});
