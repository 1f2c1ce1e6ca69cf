import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  statfs,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { FactCalls } from '../../src/embedded/admin/folder/file-facts.js';
import { temporaryFolder } from '../helpers/closing.js';
import { startEmbedded } from '../helpers/embedded.js';
import { addToFolder } from '../helpers/own-store.js';
import { SHIPPED } from '../helpers/product-process.js';
import { signedCall } from '../helpers/signed-call.js';

/**
 * Large enough to take longer to copy than everything else here; sparse, so it takes no disk space.
 */
const SIZE = 4 * 2 ** 30;
const KEYS = ['--region', 'cn-north-1', '--instance', 'mysql-1', '--engine', 'MySQL'];
const REGION = ['v1', 'regions', 'cn-north-1'];

const run = promisify(execFile);

let folder: string;
let dir: string;

beforeEach(async () => {
  folder = temporaryFolder();
  dir = join(folder, 'data');
  await mkdir(dir);
  await writeFile(join(folder, 'large.sql'), '');
  await truncate(join(folder, 'large.sql'), SIZE);
  await writeFile(join(folder, 'small.sql'), 'small');
});

/** Starts the command and waits until it copies. */
async function startCopy(): Promise<{ child: ChildProcess; written: () => string }> {
  const child = spawn(process.execPath, [SHIPPED.addBackup, ...KEYS, '--file', 'large.sql'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], EMBEDDED_DIR: dir },
  });
  let written = '';
  const read = (chunk: Buffer): void => void (written += chunk.toString());
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  while (!(await everythingIn(dir)).some((path) => path.endsWith('large.sql'))) {
    if (child.exitCode !== null) throw new Error(written);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return { child, written: () => written };
}

async function everythingIn(path: string): Promise<string[]> {
  return readdir(path, { recursive: true }).catch(() => []);
}

describe('a copy interrupted', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'by %s leaves nothing behind, even with repeated signals, and says so',
    async (signal) => {
      const { child, written } = await startCopy();
      child.kill(signal);
      child.kill(signal);
      const [code, by] = (await once(child, 'close')) as [number | null, string | null];
      expect([code, by]).toEqual([null, signal]);
      expect(written()).toBe(`backups: Stopped by ${signal}; the partial copy was removed.\n`);
      expect(await everythingIn(dir)).toEqual([]);
    },
  );

  it('by SIGKILL is never listed as a backup, and is removed by the next command', async () => {
    const upstream = await startEmbedded(dir);
    const { child } = await startCopy();
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await everythingIn(dir)).not.toEqual([]);
    const { body } = await signedCall<any>(upstream.origin, [...REGION, 'instances']);
    expect(body.result.totalCount).toBe(0);
    const told: string[] = [];
    const warn = (text: string): void => void told.push(text);
    await addToFolder([...KEYS, '--file', 'small.sql'], { dir, cwd: folder, warn });
    expect(told).toEqual([
      expect.stringMatching(/^Removed .*\/\.adding-.*, left over from an interrupted command\.$/),
    ]);
    expect((await everythingIn(dir)).filter((path) => path.includes('.adding-'))).toEqual([]);
  });
});

it('a list that nobody reads to its end says nothing about that', async () => {
  for (let i = 0; i < 300; i += 1) {
    const path = join(dir, 'cn-north-1', `mysql-${i}`, 'b-1', 'files');
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'dump.sql'), 'x');
  }
  const program = SHIPPED.addBackup;
  const child = spawn('sh', ['-c', `"$0" "${program}" list --json | head -1`, process.execPath], {
    env: { PATH: process.env['PATH'], EMBEDDED_DIR: dir },
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(out.split('\n')).toHaveLength(2);
  expect(err).toBe('');
});

describe('unfinished copies of other processes', () => {
  it('are reported and kept while they may be running', async () => {
    const uuid = '8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f';
    const region = join(dir, 'cn-north-1');
    const names = [`.adding-1@elsewhere.${uuid}`, `.adding-${uuid}`];
    for (const name of names) await mkdir(join(region, name), { recursive: true });
    await mkdir(join(region, 'other'));
    const told: string[] = [];
    const warn = (text: string): void => void told.push(text);
    await addToFolder([...KEYS, '--file', 'small.sql'], { dir, cwd: folder, warn });
    expect(told).toHaveLength(2);
    for (const text of told) expect(text).toMatch(/if none is running, remove it\.$/);
    expect(await readdir(region)).toEqual(expect.arrayContaining(names));
  });
});

const isRoot = process.geteuid?.() === 0;

describe('the permissions of a copy', () => {
  const add = (...options: string[]) => {
    const warnings: string[] = [];
    const args = [...KEYS, '--backup-id', 'b-1', '--file', 'small.sql', ...options];
    const warn = (text: string): void => void warnings.push(text);
    return addToFolder(args, { dir, cwd: folder, warn }).then(() => warnings);
  };
  const copy = () => join(dir, 'cn-north-1', 'mysql-1', 'b-1', 'files', 'small.sql');

  it('admit only its owner, whatever the original allows', async () => {
    await chmod(join(folder, 'small.sql'), 0o200);
    if (!isRoot) await chmod(join(folder, 'small.sql'), 0o400);
    expect(await add()).toEqual([]);
    expect((await lstat(copy())).mode & 0o400).toBe(0o400);
  });

  (isRoot ? it : it.skip)('is the owner of EMBEDDED_DIR where root adds it', async () => {
    await chown(dir, 65_534, 65_533);
    await chmod(join(folder, 'small.sql'), 0o600);
    expect(await add()).toEqual([]);
    for (const path of ['', 'mysql-1', 'mysql-1/b-1/files', 'mysql-1/b-1/files/small.sql']) {
      const { uid, gid } = await lstat(join(dir, 'cn-north-1', path));
      expect([path, uid, gid]).toEqual([path, 65_534, 65_533]);
    }
  });

  (isRoot ? it : it.skip)(
    'says with --link that another user owns the file: the original stays',
    async () => {
      await chown(dir, 65_534, 65_534);
      await chmod(join(folder, 'small.sql'), 0o600);
      const warnings = await add('--link');
      expect(warnings).toEqual([
        expect.stringMatching(
          /^small\.sql cannot be read by the owner of EMBEDDED_DIR \(uid 65534\)/,
        ),
      ]);
      expect(await lstat(join(folder, 'small.sql'))).toMatchObject({ uid: 0, gid: 0 });
    },
  );
});

it('a file system that is read-only is named as such, not as missing', async () => {
  const mount = join(folder, 'mount');
  await mkdir(mount);
  const mounting = run('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', mount]);
  if (!(await mounting.then(Boolean, () => false))) return;
  try {
    for (const at of [mount, join(mount, 'below', 'it')]) {
      const added = addToFolder([...KEYS, '--file', 'small.sql'], { dir: at, cwd: folder });
      await expect(added).rejects.toMatchObject({ code: 'EROFS' });
    }
  } finally {
    await run('umount', [mount]);
  }
});

describe('a file system that lacks', () => {
  const refusal = (code: string) => () =>
    Promise.reject(Object.assign(new Error(`${code}: refused`), { code }));
  const works = () => Promise.resolve();
  const WORKS: FactCalls = { chmod: works, utimes: works, lchown: works, sync: works, statfs };

  it.each<[string, Partial<FactCalls>, string]>([
    ['modes', { chmod: refusal('EPERM') }, 'set the modes of files (EPERM)'],
    ['times', { utimes: refusal('EPERM') }, 'set the times of files (EPERM)'],
    ['writing through', { sync: refusal('ENOTSUP') }, 'write files through to its disk (ENOTSUP)'],
    [
      'all of them',
      { chmod: refusal('ENOSYS'), utimes: refusal('EPERM'), sync: refusal('EINVAL') },
      'write files through to its disk (EINVAL)',
    ],
  ])('%s takes the backup without, and one line says so', async (_, calls, what) => {
    const warnings: string[] = [];
    const { files } = await addToFolder([...KEYS, '--backup-id', 'b-1', '--file', 'small.sql'], {
      dir,
      cwd: folder,
      warn: (text) => void warnings.push(text),
      calls: { ...WORKS, ...calls },
    });
    expect(warnings).toEqual([
      `The file system of EMBEDDED_DIR cannot ${what}; the backup is added without that.`,
    ]);
    const copy = join(dir, 'cn-north-1', 'mysql-1', 'b-1', 'files', 'small.sql');
    expect(await readFile(copy, 'utf8')).toBe('small');
    expect(files[0]?.sha256).toBe(hash('sha256', 'small'));
  });

  it('a disk that works fails as a whole', async () => {
    const calls = { ...WORKS, sync: refusal('EIO') };
    const added = addToFolder([...KEYS, '--file', 'small.sql'], { dir, cwd: folder, calls });
    await expect(added).rejects.toMatchObject({ code: 'EIO' });
    expect(await everythingIn(dir)).toEqual([]);
  });

  it('room for a backup refuses it before a byte is copied', async () => {
    const told: number[] = [];
    const added = addToFolder([...KEYS, '--file', 'small.sql'], {
      dir,
      cwd: folder,
      onProgress: ({ done }) => void told.push(done),
      calls: { ...WORKS, statfs: () => Promise.resolve({ bavail: 4, bsize: 1, blocks: 9 }) },
    });
    await expect(added).rejects.toThrow(
      `EMBEDDED_DIR: the disk has 4 bytes free and the backup takes 5; free some space (${dir})`,
    );
    expect(told).toEqual([]);
    expect(await everythingIn(dir)).toEqual([]);
  });
});
