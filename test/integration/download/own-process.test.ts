import { beforeEach, expect, test } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { linkOf, startDownloading, type Downloading } from '../../helpers/downloading.js';
import { writeBackup, writeInstance } from '../../helpers/embedded.js';
import { SHIPPED } from '../../helpers/product-process.js';
import { startProduct } from '../../helpers/product.js';
import { startStore } from '../../helpers/scripted-store.js';

const MIB = 2 ** 20;
const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'mybk-1' };

/** Reports the memory of a program when it ends: its maxRSS begins with that of the process that started it. */
const REPORT = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync, writeFileSync } from 'node:fs';
  process.on('exit', () => writeFileSync(process.env.STATUS, readFileSync('/proc/self/status')));
`)}`;

let downloading: Downloading;

beforeEach(() => {
  downloading = startDownloading();
});

/** A file without blocks; DOWNLOAD_GIB makes it larger. */
test('A large file comes in flat memory', async () => {
  const dir = join(downloading.dir, 'own');
  await writeInstance(dir, KEY, { engine: 'MySQL' });
  const files = await writeBackup(dir, KEY, { files: { set: '' } });
  await truncate(join(files, 'set'), Number(process.env['DOWNLOAD_GIB'] ?? 0.25) * 1024 * MIB);
  const { origin } = await startProduct({ EMBEDDED_DIR: dir });
  const status = join(downloading.dir, 'status');
  const get = ['get', Object.values(KEY).join('/'), '--quiet', '--parallel', '4'];
  await promisify(execFile)(process.execPath, ['--import', REPORT, SHIPPED.backups, ...get], {
    cwd: downloading.dir,
    env: { PATH: process.env['PATH'], BACKUPS_URL: origin, STATUS: status },
  });
  const [, peakKib] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(status, 'utf8'))!;
  expect(Number(peakKib) / 1024).toBeLessThan(260);
}, 600_000);

/** Needs the right to mount; elsewhere the room of the machine cannot be made small. */
function mountSmall(path: string, mib: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', path], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    process.stderr.write('Left out: a small tmpfs cannot be mounted here.\n');
    return false;
  }
}

test('A disk that is too small, or fills up, is reported, and what came is resumed', async () => {
  const dir = join(downloading.dir, 'small');
  await mkdir(dir);
  if (!mountSmall(dir, 32)) return;
  const content = randomBytes(25 * MIB);
  const store = await startStore(content);
  const link = linkOf(`${store.origin}/x`, { sizeBytes: content.length });
  try {
    // Refused before the first byte, with both numbers.
    await writeFile(join(dir, 'other'), Buffer.alloc(10 * MIB));
    const refused = await downloading.fail(link, { cwd: dir });
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.message).toContain(String(content.length));
    // The lock takes a block.
    expect(refused.message).toContain(String(22 * MIB - 4096));
    expect(store.requests).toHaveLength(0);

    // Others write, too: it fills up in the middle.
    await rm(join(dir, 'other'));
    let isTaken = false;
    const full = await downloading.fail(
      link,
      { cwd: dir, parallel: 4 },
      {
        emit: (event) => {
          if (event.kind !== 'file-started' || isTaken) return;
          isTaken = true;
          execFileSync('dd', ['if=/dev/zero', `of=${join(dir, 'other')}`, 'bs=1M', 'count=15'], {
            stdio: 'ignore',
          });
        },
      },
    );
    expect(full).toMatchObject({ exitCode: 2 });
    expect(full.message).toContain('free some space');
    const { state } = JSON.parse(await readFile(join(dir, 'shop.bak.part.json'), 'utf8'));
    const kept = state.done.reduce((sum: number, [a, b]: [number, number]) => sum + b - a, 0);
    expect(kept).toBeGreaterThan(0);

    // With most of it there, more than what is free is no obstacle.
    await rm(join(dir, 'other'));
    await downloading.run(link, { cwd: dir });
    expect((await readFile(join(dir, 'shop.bak'))).equals(content)).toBe(true);
    expect(downloading.events.at(-1)).toMatchObject({ runBytes: content.length - kept });
  } finally {
    await store.close();
    execFileSync('umount', [dir]);
  }
});
