import { EventEmitter } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startFolderChecks } from '../../../src/embedded/catalogue/folder/folder-checks.js';
import { createFolderIndex } from '../../../src/embedded/catalogue/folder/folder-index.js';
import { createFolderReader } from '../../../src/embedded/catalogue/folder/folder-reader.js';
import {
  createFolderWatch,
  type WatchFolder,
} from '../../../src/embedded/catalogue/folder/folder-watch.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { temporaryFolder, writeBackup, writeInstance } from '../../helpers/embedded.js';
import { openCatalogue } from '../../helpers/folder-catalogue.js';
import { until } from '../../helpers/until.js';

const INSTANCE = { regionId: 'cn-north-1', instanceId: 'mysql-1' };
const BACKUP = { ...INSTANCE, backupId: 'bk-1' };
const NEVER_MS = 3_600_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await folder.remove();
});

/** The parts that look at the folder by themselves; what they found is seen in the index, without a question. */
function lookAt({ watchFolder }: { watchFolder?: WatchFolder } = {}) {
  const logger = createLogger('silent');
  const reader = createFolderReader(folder.path, logger);
  const watch = createFolderWatch({
    logger,
    now: Date.now,
    onChange: (path) => {
      checks.changed(path);
    },
    watchFolder,
  });
  const known = createFolderIndex({
    reader,
    timeZone: '+08:00',
    now: Date.now,
    keptOf: () => Promise.resolve(undefined),
    onFolder: (path, event) => {
      watch[event === 'come' ? 'add' : 'remove'](path);
    },
  });
  const checks = startFolderChecks({
    root: folder.path,
    folder: known,
    isWatched: () => watch.isComplete(),
    fullCheckMs: NEVER_MS,
    logger,
    before: () => Promise.resolve(),
    onRead: () => Promise.resolve(),
    onRound: () => Promise.resolve(),
  });
  closers.push(() => {
    watch.close();
    return checks.close();
  });
  return known.index;
}

it.each([
  ['with watches', undefined],
  [
    'without a watch',
    () => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    },
  ],
])('%s, what comes and goes is found without anybody asking', async (_, watchFolder) => {
  const index = lookAt(watchFolder && { watchFolder });
  await writeInstance(folder.path, INSTANCE, { engine: 'MySQL' });
  await writeBackup(folder.path, BACKUP, { files: { 'all.xbstream': '1' } });
  await until(() => index.backup(BACKUP)?.files.length === 1);
  expect(index.instance(INSTANCE)?.manifest.engine).toBe('MySQL');
  await writeBackup(folder.path, BACKUP, { files: { 'all.xbstream': '12' } });
  await until(() => index.backup(BACKUP)?.files[0]?.size === 2);
  await rm(join(folder.path, INSTANCE.regionId), { recursive: true });
  await until(() => index.regions().length === 0);
  expect(index.size()).toBe(0);
});

/** Gives so many watches; later ones are refused, until there is room again. */
function scarceWatches(room: number) {
  const given: (EventEmitter & { close(): void })[] = [];
  const state = { room, asked: 0, given };
  const watchFolder: WatchFolder = () => {
    state.asked += 1;
    if (given.length >= state.room) {
      throw Object.assign(new Error('no space left on device, watch'), { code: 'ENOSPC' });
    }
    const watcher = Object.assign(new EventEmitter(), {
      close: () => void given.splice(given.indexOf(watcher), 1),
    });
    given.push(watcher);
    return watcher;
  };
  return { ...state, state, watchFolder };
}

const warnings = (lines: readonly Record<string, unknown>[]) =>
  lines.filter(({ level }) => level === 40);

it('tells once that there are no watches left, and once that there are again', async () => {
  for (const n of [1, 2, 3, 4]) {
    await mkdir(join(folder.path, 'cn-north-1', `mysql-${n}`), { recursive: true });
  }
  let time = Date.now();
  const { state, watchFolder } = scarceWatches(3);
  const catalogue = await openCatalogue(folder.path, { watchFolder, now: () => time });
  closers.push(() => catalogue.close());
  await catalogue.read();
  expect(state.asked).toBe(4);
  expect(warnings(catalogue.lines())).toMatchObject([{ code: 'ENOSPC', watches: 3 }]);
  expect(warnings(catalogue.lines())[0]?.msg).toContain('fs.inotify.max_user_watches');
  await writeBackup(folder.path, { ...BACKUP, instanceId: 'mysql-4' }, { files: { a: '1' } });
  expect(await catalogue.names({ ...INSTANCE, instanceId: 'mysql-4' })).toEqual(['bk-1']);

  state.room = 100;
  time += 31_000;
  const back = () => catalogue.lines().filter(({ msg }) => String(msg).includes('watched again'));
  await until(() => back().length === 1);
  expect(back()).toMatchObject([{ watches: 6 }]);

  // And lost once more, hours later, as an event.
  state.room = 2;
  state.given
    .at(-1)
    ?.emit('error', Object.assign(new Error('too many open files'), { code: 'EMFILE' }));
  expect(warnings(catalogue.lines())).toMatchObject([{ code: 'ENOSPC' }, { code: 'EMFILE' }]);
});

it('takes a watch for the root, each region and each instance, and none for backups and files', async () => {
  for (const n of [1, 2, 3]) {
    await writeBackup(folder.path, { ...BACKUP, backupId: `bk-${n}` }, { files: { a: '1' } });
  }
  const { state, watchFolder } = scarceWatches(100);
  const catalogue = await openCatalogue(folder.path, { watchFolder });
  await catalogue.read();
  expect(state.given).toHaveLength(3);
  await rm(join(folder.path, INSTANCE.regionId), { recursive: true });
  expect(await catalogue.regions()).toEqual([]);
  expect(state.given).toHaveLength(1);
  await catalogue.close();
  expect(state.given).toHaveLength(0);
});
