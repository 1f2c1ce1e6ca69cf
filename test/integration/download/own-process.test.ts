import { beforeEach, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../helpers/closing.js';
import { linkOf, startDownloading, type Downloading } from '../../helpers/downloading.js';
import { compileProduct, startDownloadingProcess } from '../../helpers/downloading-process.js';
import { startEmbedded, writeBackup, writeInstance } from '../../helpers/embedded.js';
import { startStore } from '../../helpers/scripted-store.js';
import { linksOf } from '../../helpers/signed-call.js';
import { until } from '../../helpers/until.js';

const MIB = 2 ** 20;
const KEY = { regionId: 'cn-north-1', instanceId: 'mysql-1', backupId: 'mybk-1' };

let downloading: Downloading;

const compiled = await compileProduct();

beforeEach(() => {
  downloading = startDownloading();
});

test('The part that a killed process left on the disk is resumed', async () => {
  const content = randomBytes(40 * MIB);
  // Half of each range comes, and then nothing.
  const slow = await startStore(content, ({ range }) => ({
    stallAfter: (range!.end - range!.start) / 2,
  }));
  const sizeBytes = content.length;
  const request = { sizeBytes, target: null, cwd: downloading.dir, parallel: 4 };
  const { child } = startDownloadingProcess(compiled, { ...request, link: `${slow.origin}/x` });
  const state = join(downloading.dir, 'shop.bak.part.json');
  await until(async () => {
    const saved = await readFile(state, 'utf8').catch(() => '');
    return saved !== '' && JSON.parse(saved).state.done.length > 0;
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await slow.close();

  const store = await startStore(content);
  await downloading.run(linkOf(`${store.origin}/x`, { sizeBytes }));
  await store.close();
  expect((await readFile(join(downloading.dir, 'shop.bak'))).equals(content)).toBe(true);
  expect(downloading.events.at(-1)).toMatchObject({ kind: 'file-done' });
  const { runBytes } = downloading.events.at(-1) as { runBytes: number };
  expect(runBytes).toBeLessThan(sizeBytes);
});

/** A file without blocks from the embedded upstream; DOWNLOAD_GIB makes it larger. */
test.each([1, 4])(
  'A large file comes in flat memory with %s ranges at a time',
  async (parallel) => {
    const sizeBytes = Number(process.env['DOWNLOAD_GIB'] ?? 0.25) * 1024 * MIB;
    const folder = temporaryFolder();
    await writeInstance(folder, KEY, { engine: 'MySQL' });
    const files = await writeBackup(folder, KEY, { files: { set: '' } });
    await truncate(join(files, 'set'), sizeBytes);
    const upstream = await startEmbedded(folder);
    const link = (await linksOf(upstream.origin, KEY)).body.result.publicURL;
    const request = { link, sizeBytes, target: null, cwd: downloading.dir, parallel };
    const { outcome } = startDownloadingProcess(compiled, request);
    const ended = await outcome;
    await upstream.close();
    expect(ended).toMatchObject({ kind: 'done' });
    expect(ended!.peakBytes).toBeLessThan(260 * MIB);
  },
  600_000,
);

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
  if (!mountSmall(dir, 64)) return;
  const content = randomBytes(50 * MIB);
  const store = await startStore(content);
  const link = linkOf(`${store.origin}/x`, { sizeBytes: content.length });
  try {
    // Refused before the first byte, with both numbers.
    await writeFile(join(dir, 'other'), Buffer.alloc(20 * MIB));
    const refused = await downloading.fail(link, { cwd: dir });
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.message).toContain(String(content.length));
    // The lock takes a block.
    expect(refused.message).toContain(String(44 * MIB - 4096));
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
          execFileSync('dd', ['if=/dev/zero', `of=${join(dir, 'other')}`, 'bs=1M', 'count=30'], {
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

    // With 40 MiB of the part there, 14 more than are free are no obstacle.
    await rm(join(dir, 'other'));
    await downloading.run(link, { cwd: dir });
    expect((await readFile(join(dir, 'shop.bak'))).equals(content)).toBe(true);
    expect(downloading.events.at(-1)).toMatchObject({ runBytes: content.length - kept });
  } finally {
    await store.close();
    execFileSync('umount', [dir]);
  }
});
