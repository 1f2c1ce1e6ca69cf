import { beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { open, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { linkOf, startDownloading, WANTED, type Downloading } from '../../helpers/downloading.js';
import { startStore, type ScriptedStore } from '../../helpers/scripted-store.js';

const content = randomBytes(400_000);
const sha256 = createHash('sha256').update(content).digest('hex');

let downloading: Downloading;
let store: ScriptedStore;
let part: string;
let state: string;

/** A download of four ranges that was stopped in the middle. */
beforeEach(async () => {
  downloading = startDownloading();
  part = join(downloading.dir, 'shop.bak.part');
  state = `${part}.json`;
  store = await startStore(content, ({ range }) => ({
    stallAfter: Math.floor((range!.end - range!.start) / 2),
  }));
  const stop = new AbortController();
  const error = await downloading.fail(
    link(),
    { parallel: 4 },
    {
      signal: stop.signal,
      emit: (event) => {
        if (event.kind === 'progress' && event.bytes === content.length / 2) stop.abort();
      },
    },
  );
  expect(error).toMatchObject({ exitCode: 130 });
  await store.close();
  store = await startStore(content);
});

const link = (told = {}) => linkOf(`${store.origin}/x`, { sizeBytes: content.length, ...told });
const saved = (): Promise<Buffer> => readFile(join(downloading.dir, 'shop.bak'));

async function expectWhole(): Promise<void> {
  expect((await saved()).equals(content)).toBe(true);
  expect((await readdir(downloading.dir)).filter((name) => name.includes('part'))).toEqual([]);
}

const runBytes = (): unknown => downloading.events.at(-1);

test('The same command resumes from the part', async () => {
  await downloading.run(link(), { parallel: 4 });
  await expectWhole();
  expect(runBytes()).toMatchObject({ runBytes: content.length / 2, sizeBytes: content.length });
  expect(store.requests.every(({ headers }) => headers['if-match'] === '"v1"')).toBe(true);
});

test('A run with one range resumes what several left', async () => {
  await downloading.run(link(), { parallel: 1 });
  await expectWhole();
  expect(runBytes()).toMatchObject({ runBytes: content.length / 2 });
});

test('--restart begins again', async () => {
  await downloading.run(link(), { restart: true });
  await expectWhole();
  expect(runBytes()).toMatchObject({ runBytes: content.length });
});

describe('What does not fit asks for --restart, and nothing of it is lost', () => {
  test.each<[string, () => Promise<void>]>([
    ['is empty', () => truncate(state)],
    ['is cut', async () => truncate(state, Math.floor((await stat(state)).size / 2))],
    ['is zeros', async () => writeFile(state, Buffer.alloc((await stat(state)).size))],
    [
      'is of a later form',
      async () => writeFile(state, (await readFile(state, 'utf8')).replace('get/1', 'get/2')),
    ],
    ['names bytes beyond the size', () => edit({ done: [[0, content.length + 1]] })],
    [
      'names bytes twice',
      () =>
        edit({
          done: [
            [0, 9],
            [5, 20],
          ],
        }),
    ],
    ['names negative bytes', () => edit({ done: [[-5, 20]] })],
    ['is of another backup', () => edit({ backup: 'cn-north-1/mssql-1/bk-2' })],
    ['is of another file', () => edit({ file: 'other.bak' })],
  ])('where the state %s', async (_name, damage) => {
    await damage();
    const before = await readFile(part);
    await downloading.failsWith(2, '--restart', link());
    expect((await readFile(part)).equals(before)).toBe(true);
    expect(store.requests).toHaveLength(0);
    await downloading.run(link(), { restart: true });
    await expectWhole();
  });

  test('where the file has another size now', async () => {
    await downloading.failsWith(6, '--restart', link({ sizeBytes: 17 }));
  });
});

test('A part without a state is not touched, with --restart neither', async () => {
  await rm(state);
  const before = await readFile(part);
  for (const restart of [false, true]) {
    await downloading.failsWith(2, 'move it away', link(), { restart });
    expect((await readFile(part)).equals(before)).toBe(true);
  }
});

test('An empty part without a state is nothing', async () => {
  await rm(state);
  await truncate(part);
  await downloading.run(link());
  await expectWhole();
});

test('A state without a part, as a kill between the two leaves it, is nothing', async () => {
  await rm(part);
  await edit({ done: [] });
  await downloading.run(link());
  await expectWhole();
  expect(downloading.events.map(({ kind }) => kind)).not.toContain('notice');
});

test('Another address of the service resumes: the version proves the bytes', async () => {
  await downloading.run(link(), { service: 'http://localhost:4000' });
  await expectWhole();
  expect(runBytes()).toMatchObject({ runBytes: content.length / 2 });
});

test('The old part is read again only where a SHA-256 is compared', async () => {
  expect(await downloading.run(link())).toMatchObject([{ sha256: null, verified: false }]);
  await expectWhole();
});

test('Where the part was removed, it starts over and says so', async () => {
  await rm(part);
  await downloading.run(link());
  await expectWhole();
  expect(downloading.events).toContainEqual(
    expect.objectContaining({ kind: 'notice', message: expect.stringContaining('starting over') }),
  );
});

test('A part that was shortened is resumed from what is left', async () => {
  await truncate(part, 120_000);
  await downloading.run(link());
  await expectWhole();
  expect(runBytes()).toMatchObject({ runBytes: content.length - 50_000 - 20_000 });
});

test('Bytes that never came to the disk are found by the SHA-256', async () => {
  const handle = await open(part, 'r+');
  await handle.write(Buffer.alloc(4096), 0, 4096, 10_000);
  await handle.close();
  const error = await downloading.fail(link({ sha256 }));
  expect(error).toMatchObject({ exitCode: 6 });
  expect(await readdir(downloading.dir)).toEqual(['shop.bak.mismatch']);
});

test('A file that is whole but for its name needs no bytes', async () => {
  await edit({ done: [[0, content.length]] });
  await writeFile(part, content);
  await downloading.run(link({ sha256 }));
  await expectWhole();
  expect(store.requests).toHaveLength(0);
});

test('Without an ETag and SHA-256, it starts over', async () => {
  await edit({ etag: null, lastModified: null, isStrong: false });
  await downloading.run(link());
  await expectWhole();
  expect(runBytes()).toMatchObject({ runBytes: content.length });
});

async function edit(change: object): Promise<void> {
  const saved = JSON.parse(await readFile(state, 'utf8'));
  await writeFile(state, JSON.stringify({ ...saved, state: { ...saved.state, ...change } }));
}

test('A second file of the same name in another folder is its own', async () => {
  await downloading.run(link(), { files: [WANTED], target: 'sub/' });
  expect((await readFile(join(downloading.dir, 'sub', 'shop.bak'))).equals(content)).toBe(true);
});
