import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import {
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../helpers/closing.js';
import {
  linkOf,
  realClock,
  startDownloading,
  WANTED,
  type Downloading,
} from '../../helpers/downloading.js';
import { startStore, type ScriptedStore } from '../../helpers/scripted-store.js';

const content = randomBytes(200_000);
const sha256 = createHash('sha256').update(content).digest('hex');
const SIZE = content.length;

let downloading: Downloading;
let store: ScriptedStore;

beforeEach(async () => {
  downloading = startDownloading();
  store = await startStore(content);
});

const link = (told = {}) =>
  linkOf(`${store.origin}/x/from-link.sql.gz?s=1`, { sizeBytes: SIZE, ...told });
const at = (name: string): string => join(downloading.dir, name);
const isWhole = async (name: string): Promise<boolean> =>
  (await readFile(at(name))).equals(content);

describe('A name', () => {
  test('of the one file of a backup is the one in the link', async () => {
    await downloading.run(link(), { files: [{ ...WANTED, fileName: null }] });
    expect(await readdir(downloading.dir)).toEqual(['from-link.sql.gz']);
  });

  test('that leads elsewhere stays in the folder', async () => {
    await downloading.run(link(), { files: [{ ...WANTED, fileName: '../../etc/passwd' }] });
    expect(await readdir(downloading.dir)).toEqual(['.._.._etc_passwd']);
  });

  test('that collides with another is distinguished, in the same way in the next run', async () => {
    const files = ['Shop.bak', 'shop.bak', 'a:b.bak', 'a?b.bak'].map((fileName) => ({
      ...WANTED,
      fileName,
    }));
    await downloading.run(link(), { files });
    const names = await readdir(downloading.dir);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(4);
    const before = store.requests.length;
    const again = await downloading.run(link({ sha256 }), { files });
    expect(again.map(({ outcome }) => outcome)).toEqual(Array(4).fill('already-there'));
    expect(store.requests).toHaveLength(before);
  });

  test('that another one ends in .part has is no part', async () => {
    const files = ['x.bak', 'x.bak.part', 'x.bak.part.json'].map((fileName) => ({
      ...WANTED,
      fileName,
    }));
    await downloading.run(link(), { files });
    expect((await readdir(downloading.dir)).sort()).toEqual(files.map(({ fileName }) => fileName));
    // A finished file of that name is no part of another run either, and --restart leaves it alone.
    await rm(at('x.bak'));
    await rm(at('x.bak.part.json'));
    for (const restart of [false, true]) {
      await downloading.failsWith(2, 'move it away', link(), { files: files.slice(0, 1), restart });
      expect(await isWhole('x.bak.part')).toBe(true);
    }
  });

  test('of 64 KiB takes no time', async () => {
    const before = process.cpuUsage();
    await downloading.run(link(), { files: [{ ...WANTED, fileName: '备份'.repeat(11_000) }] });
    const { user } = process.cpuUsage(before);
    expect(user / 1e6).toBeLessThan(5);
    expect(await readdir(downloading.dir)).toHaveLength(1);
  });

  test('of 255 bytes leaves room for what is beside it', async () => {
    const long = `${'x'.repeat(251)}.bak`;
    await downloading.run(link(), { target: long });
    expect(await isWhole(long)).toBe(true);
    await downloading.run(link(), { files: [{ ...WANTED, fileName: '备'.repeat(300) }] });
    expect((await readdir(downloading.dir)).every((name) => Buffer.byteLength(name) <= 255)).toBe(
      true,
    );
  });
});

describe('A target that is', () => {
  test('a link stays one, and what it leads to is the file', async () => {
    const elsewhere = temporaryFolder();
    await symlink(join(elsewhere, 'real.bak'), at('link.bak'));
    await downloading.run(link(), { target: 'link.bak' });
    expect((await lstat(at('link.bak'))).isSymbolicLink()).toBe(true);
    expect(await isWhole('link.bak')).toBe(true);
    expect(await readdir(elsewhere)).toEqual(['real.bak']);
  });

  test('a link to itself is refused', async () => {
    await symlink(at('loop'), at('loop'));
    expect(await downloading.fail(link(), { target: 'loop' })).toMatchObject({ exitCode: 2 });
  });

  test('a pipe is written in order, with nothing beside it', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const reader = spawn('sha256sum', [at('pipe')]);
    let read = '';
    reader.stdout.on('data', (chunk: Buffer) => (read += chunk.toString()));
    const ended = once(reader, 'close');
    await downloading.run(link(), { target: 'pipe', parallel: 4 });
    await ended;
    expect(read).toContain(sha256);
    expect((await lstat(at('pipe'))).isFIFO()).toBe(true);
    expect(await readdir(downloading.dir)).toEqual(['pipe']);
  });

  test('a device stays one', async () => {
    const files = await downloading.run(link({ sha256 }), { target: '/dev/null' });
    expect(files).toMatchObject([{ sha256, verified: true, sizeBytes: SIZE }]);
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  test('a device that is full fails', async () => {
    expect(await downloading.fail(link(), { target: '/dev/full' })).toMatchObject({
      exitCode: 2,
    });
  });

  test('a folder that is missing is made where it ends in a slash, its parents are not', async () => {
    await downloading.run(link(), { target: 'new/' });
    expect(await isWhole('new/shop.bak')).toBe(true);
    for (const target of ['a/b/', 'a/b']) {
      const reason = `does not exist: create it, then run the same command again (${at('a')}).`;
      await downloading.failsWith(2, reason, link(), { target });
    }
  });

  test('a folder that was made goes if nothing came, and is asked for where there are several files', async () => {
    const gone = { ...WANTED, isAvailable: false };
    const files = [gone, WANTED];
    await downloading.failsWith(4, 'does not have', link(), { target: 'new/', files: [gone] });
    await downloading.failsWith(2, 'end a new one with a slash', link(), { target: 'new', files });
    expect(await readdir(downloading.dir)).toEqual([]);
  });

  test('a file with a slash behind it is refused', async () => {
    await writeFile(at('file'), '');
    for (const target of ['file/', 'file/x', '']) {
      expect(await downloading.fail(link(), { target })).toMatchObject({ exitCode: 2 });
    }
  });
});

describe('A file of that name', () => {
  test('with the same bytes is left alone, without a request for data', async () => {
    await writeFile(at('shop.bak'), content);
    const files = await downloading.run(link({ sha256: sha256.toUpperCase() }));
    expect(files).toMatchObject([
      { outcome: 'already-there', sha256, verified: true, runBytes: 0 },
    ]);
    expect(store.requests).toHaveLength(0);
  });

  test('that came from the store is known again where nobody tells a SHA-256', async () => {
    await downloading.run(link());
    const files = await downloading.run(link({ sizeBytes: null }));
    expect(files).toMatchObject([{ outcome: 'already-there', verified: false }]);
    expect(store.requests.at(-1)?.headers.range).toBe('bytes=0-0');
  });

  test.each([
    ['another length', Buffer.from('other')],
    ['the same length', randomBytes(SIZE)],
  ])('with other bytes of %s stays, unless it may be replaced', async (_name, bytes) => {
    await writeFile(at('shop.bak'), bytes);
    for (const told of [{}, { sha256 }]) {
      await downloading.failsWith(2, '--overwrite', link(told));
      expect((await readFile(at('shop.bak'))).equals(bytes)).toBe(true);
    }
    await downloading.run(link(), { overwrite: true });
    expect(await isWhole('shop.bak')).toBe(true);
  });

  test('that comes while it is downloaded stays', async () => {
    let isMade = false;
    const error = await downloading.fail(
      link(),
      {},
      {
        emit: (event) => {
          if (event.kind !== 'progress' || isMade) return;
          isMade = true;
          execFileSync('touch', [at('shop.bak')]);
        },
      },
    );
    expect(error).toMatchObject({ exitCode: 2 });
    expect((await stat(at('shop.bak'))).size).toBe(0);
    // What was fetched is there still.
    await rm(at('shop.bak'));
    const before = store.requests.length;
    await downloading.run(link());
    expect(await isWhole('shop.bak')).toBe(true);
    // Only whether it is still the same file.
    expect(store.requests.slice(before).map(({ headers }) => headers.range)).toEqual(['bytes=0-0']);
  });

  test('in the place of the part is not touched where it is a folder', async () => {
    await mkdir(at('shop.bak.part'));
    expect(await downloading.fail(link())).toMatchObject({ exitCode: 2 });
    expect(await readdir(downloading.dir)).toEqual(['shop.bak.part']);
  });
});

test('Nobody else can read a file while it grows', async () => {
  const modes = new Set<number>();
  await downloading.run(
    link(),
    {},
    {
      emit: ({ kind }) => {
        if (kind === 'progress') modes.add(statSync(at('shop.bak.part')).mode & 0o777);
      },
    },
  );
  expect([...modes]).toEqual([0o600]);
  await writeFile(at('new'), '');
  const newMode = (await stat(at('new'))).mode & 0o755;
  expect((await stat(at('shop.bak'))).mode & 0o777).toBe(newMode);
});

describe('A disk that does not flush', () => {
  /** Lets flushes fail with a code, on any file. */
  async function failWith(code: string): Promise<void> {
    const some = await open(process.execPath);
    const files = Object.getPrototypeOf(some) as FileHandle;
    await some.close();
    jest
      .spyOn(files, 'datasync')
      .mockImplementation(() => Promise.reject(Object.assign(new Error(code), { code })));
  }

  afterEach(() => {
    jest.restoreAllMocks();
  });

  test.each(['EINVAL', 'ENOTSUP', 'ENOSYS'])('since it cannot (%s) will do', async (code) => {
    await failWith(code);
    await downloading.run(link());
    expect(await isWhole('shop.bak')).toBe(true);
    const notices = downloading.events.filter(({ kind }) => kind === 'notice');
    expect(notices).toMatchObject([{ message: expect.stringContaining('cannot flush') }]);
  });

  test('since it fails ends it', async () => {
    await failWith('EIO');
    expect(await downloading.fail(link())).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('The disk failed'),
    });
  });
});

test('A rate limit counts for all connections together', async () => {
  store.content = Buffer.alloc(2_000_000, 'many');
  const startedAt = performance.now();
  const request = { parallel: 4, limitRate: 4_000_000 };
  await downloading.run(link({ sizeBytes: 2_000_000 }), request, { clock: realClock });
  expect(performance.now() - startedAt).toBeGreaterThan(350);
});

test('Several files go into a folder only', async () => {
  const files = [WANTED, { ...WANTED, fileName: 'b.bak' }];
  for (const target of ['-', 'one.bak', '/dev/null']) {
    expect(await downloading.fail(link(), { files, target })).toMatchObject({ exitCode: 2 });
  }
});
