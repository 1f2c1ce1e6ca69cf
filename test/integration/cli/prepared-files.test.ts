import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  link,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../../helpers/closing.js';
import { type CliRun, runCli } from '../../helpers/cli.js';
import { realClock } from '../../helpers/downloading.js';
import { writeBackup, writeInstance } from '../../helpers/embedded.js';
import { NORMAL_USER } from '../../helpers/normal-user.js';
import { startProduct } from '../../helpers/product.js';

const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-bbbbbbbbbb', backupId: 'set' };
const ID = `${KEY.regionId}/${KEY.instanceId}/${KEY.backupId}`;
const CONTENT = 'the secret rows of a database\n'.repeat(1000);
/** Only root can give files away. */
const isRoot = process.geteuid?.() === 0;
const OTHERS = 'a file of the victim';

/** Where others may write. */
let cwd: string;
/** A file of the victim elsewhere. */
let victim: string;
let part: string;
let state: string;

const folder = temporaryFolder();
const dir = join(folder, 'data');
await writeInstance(dir, KEY, { engine: 'MySQL' });
await writeBackup(dir, KEY, { files: { 'dump.sql': CONTENT } });
const product = await startProduct({ EMBEDDED_DIR: dir });

beforeEach(async () => {
  cwd = await mkdtemp(join(folder, 'shared-'));
  await chmod(cwd, 0o777);
  victim = join(await mkdtemp(join(folder, 'home-')), 'keys');
  await writeFile(victim, OTHERS);
  part = join(cwd, 'dump.sql.part');
  state = `${part}.json`;
});

const get = (...args: string[]): Promise<CliRun> =>
  runCli(['get', ID, ...args], {
    env: { BACKUPS_URL: product.origin },
    cwd,
    sleep: realClock.sleep,
  });

/** A state that fits the backup, of which no byte is there. */
const fittingState = (): string =>
  JSON.stringify({
    format: 'backups-get/1',
    state: {
      service: product.origin,
      backup: ID,
      file: null,
      sizeBytes: CONTENT.length,
      etag: null,
      lastModified: null,
      isStrong: false,
      done: [],
    },
  });

async function expectOwnFile(): Promise<void> {
  expect(await readFile(join(cwd, 'dump.sql'), 'utf8')).toBe(CONTENT);
  await writeFile(join(cwd, 'new'), '');
  const newMode = (await stat(join(cwd, 'new'))).mode & 0o755;
  const { uid, mode, nlink } = await stat(join(cwd, 'dump.sql'));
  expect({ uid, nlink }).toEqual({ uid: process.geteuid?.(), nlink: 1 });
  expect(mode & 0o777).toBe(newMode);
}

type Case = [string, () => Promise<unknown>];
const isPossible = ([name]: Case): boolean => isRoot || name !== 'belongs to another user';

describe('A part that somebody prepared', () => {
  it.each(
    (
      [
        ['is a link to a file', () => symlink(victim, part)],
        ['is a link to nothing', () => symlink(`${victim}-2`, part)],
        ['is a second name of a file', () => link(victim, part)],
        ['can be written by all', () => writeFile(part, 'x').then(() => chmod(part, 0o666))],
        ['can be written by the group', () => writeFile(part, 'x').then(() => chmod(part, 0o620))],
        [
          'belongs to another user',
          async () => {
            await writeFile(part, 'x');
            await chown(part, NORMAL_USER, NORMAL_USER);
          },
        ],
        ['is a pipe', () => Promise.resolve(execFileSync('mkfifo', [part]))],
      ] as Case[]
    ).filter(isPossible),
  )('and that %s gets no byte', async (_name, prepare) => {
    await writeFile(state, fittingState());
    await prepare();
    const before = await readdir(join(victim, '..'));
    const { code, stderr } = await get();
    expect(code).toBe(2);
    expect(stderr).toContain('dump.sql.part is ');
    expect((await readdir(cwd)).sort()).toEqual(['dump.sql.part', 'dump.sql.part.json']);
    expect(await readFile(victim, 'utf8')).toBe(OTHERS);
    expect(await readdir(join(victim, '..'))).toEqual(before);
    await get('--restart');
    await expectOwnFile();
    expect(await readFile(victim, 'utf8')).toBe(OTHERS);
  });
});

describe('A state that somebody prepared', () => {
  it.each(
    (
      [
        ['is a link', () => writeFile(victim, fittingState()).then(() => symlink(victim, state))],
        [
          'can be written by all',
          () => writeFile(state, fittingState()).then(() => chmod(state, 0o666)),
        ],
        [
          'belongs to another user',
          async () => {
            await writeFile(state, fittingState());
            await chown(state, NORMAL_USER, NORMAL_USER);
          },
        ],
        ['is a pipe', () => Promise.resolve(execFileSync('mkfifo', [state]))],
      ] as Case[]
    ).filter(isPossible),
  )('and that %s is not read', async (_name, prepare) => {
    await writeFile(part, 'x', { mode: 0o600 });
    await prepare();
    const { code, stderr } = await get();
    expect(code).toBe(2);
    expect(stderr).toContain('dump.sql.part.json is ');
    await get('--restart');
    await expectOwnFile();
  });
});

it('Links under the names that earlier versions wrote to lead nowhere', async () => {
  for (const name of ['part.json.new', 'mismatch', `part.lock.${process.pid}`]) {
    await symlink(victim, join(cwd, `dump.sql.${name}`));
  }
  expect(await get()).toMatchObject({ code: 0 });
  await expectOwnFile();
  expect(await readFile(victim, 'utf8')).toBe(OTHERS);
});

(isRoot ? it : it.skip)(
  'A link of another user is not followed, also where it is named with -o',
  async () => {
    const target = join(cwd, 'restored.sql');
    await symlink(`${victim}-2`, target);
    execFileSync('chown', ['-h', `${NORMAL_USER}`, target]);
    const { code, stderr } = await get('-o', 'restored.sql');
    expect(code).toBe(2);
    expect(stderr).toContain('a link of another user');
    expect(await readdir(join(victim, '..'))).toEqual(['keys']);
    await rm(target);
    expect(await get('-o', 'restored.sql')).toMatchObject({ code: 0 });
  },
);
