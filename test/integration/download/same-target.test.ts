import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { readdir, readFile, readlink, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { DownloadDependencies } from '../../../src/cli/download/request.js';
import { linkOf, startDownloading, type Downloading } from '../../helpers/downloading.js';
import { startStore, type ScriptedStore } from '../../helpers/scripted-store.js';

const content = randomBytes(1_000_000);

let downloading: Downloading;
let store: ScriptedStore;
let lock: string;

beforeEach(async () => {
  downloading = startDownloading();
  store = await startStore(content);
  lock = join(downloading.dir, 'shop.bak.part.lock');
});

const link = () => linkOf(`${store.origin}/x`, { sizeBytes: content.length });

async function expectWhole(): Promise<void> {
  expect((await readFile(join(downloading.dir, 'shop.bak'))).equals(content)).toBe(true);
  expect(await readdir(downloading.dir)).toEqual(['shop.bak']);
}

async function expectHeld(who: string): Promise<void> {
  await downloading.failsWith(2, `${who} is downloading the same file`, link());
  expect(store.requests).toHaveLength(0);
}

test('A run that failed leaves no lock', async () => {
  const error = await downloading.fail(linkOf(`${store.origin}/x`, { sizeBytes: 17 }));
  expect(error).toMatchObject({ exitCode: 6 });
  expect(existsSync(lock)).toBe(false);
});

describe('A lock', () => {
  let sleeper: ChildProcess;

  beforeEach(async () => {
    sleeper = spawn('sleep', ['1000'], { stdio: 'ignore' });
    await once(sleeper, 'spawn');
  });

  afterEach(async () => {
    if (sleeper.exitCode === null && sleeper.signalCode === null) {
      sleeper.kill('SIGKILL');
      await once(sleeper, 'exit');
    }
  });

  const holder = async (pid: number | undefined, other: object = {}): Promise<void> => {
    const namespace = await readlink('/proc/self/ns/pid').catch(() => null);
    await writeFile(lock, JSON.stringify({ pid, host: hostname(), namespace, ...other }));
  };

  /** Another process touches it, by a clock of its own. */
  async function whileTouched(act: () => Promise<void>, clock: number): Promise<void> {
    let time = clock;
    const touching = setInterval(() => void utimes(lock, 1, (time += 2)).catch(() => 0), 5);
    await act().finally(() => {
      clearInterval(touching);
    });
  }

  test('of a process that runs is respected', async () => {
    await holder(sleeper.pid);
    await whileTouched(() => expectHeld(`Process ${sleeper.pid}`), Date.now() / 1000);
  });

  test('of a process that died is taken over at once', async () => {
    await holder(sleeper.pid);
    sleeper.kill('SIGKILL');
    await once(sleeper, 'exit');
    await downloading.run(link());
    await expectWhole();
  });

  test('of a process whose number another one got is taken over', async () => {
    await holder(sleeper.pid);
    await downloading.run(link());
    await expectWhole();
  });

  test('of a process that had the number of this one is taken over', async () => {
    await holder(process.pid);
    await downloading.run(link());
    await expectWhole();
  });

  test.each([
    ['machine', { host: 'elsewhere' }, ' on elsewhere'],
    ['container', { namespace: 'pid:[1]' }, ''],
  ])('of another %s counts while it changes, whatever its clock says', async (_n, other, place) => {
    for (const clock of [1, Date.now() / 1000 - 60, Date.now() / 1000 + 86_400]) {
      await holder(4_000_000, other);
      await whileTouched(() => expectHeld(`Process 4000000${place}`), clock);
    }
    await utimes(lock, 1, Date.now() / 1000 + 86_400);
    await downloading.run(link());
    await expectWhole();
  });

  test('that says nothing counts while it changes', async () => {
    await writeFile(lock, '');
    await whileTouched(() => expectHeld('Another process'), 1);
    await downloading.run(link());
    await expectWhole();
  });

  test('that leads elsewhere is replaced, and what it leads to is left alone', async () => {
    const other = join(downloading.dir, 'other');
    await writeFile(other, 'other');
    await symlink(other, lock);
    await downloading.run(link());
    expect(await readFile(other, 'utf8')).toBe('other');
    expect((await readdir(downloading.dir)).sort()).toEqual(['other', 'shop.bak']);
  });
});

test('A run whose lock another one has taken stops, and leaves the lock and the part to the other', async () => {
  await store.close();
  store = await startStore(content, () => ({ stallAfter: 0 }));
  let isTaken = false;
  const taking: Partial<DownloadDependencies> = {
    emit: (event) => {
      if (event.kind !== 'progress' || isTaken) return;
      isTaken = true;
      writeFileSync(lock, 'of another run');
    },
  };
  await downloading.failsWith(2, 'took over', link(), {}, taking);
  expect(await readFile(lock, 'utf8')).toBe('of another run');
  expect(await readdir(downloading.dir)).toContain('shop.bak.part');
});
