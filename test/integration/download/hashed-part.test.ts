import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPartFile, type PartFile } from '../../../src/cli/download/disk/part-file.js';
import { hashWhileWriting } from '../../../src/cli/download/disk/hashed-part.js';
import { Intervals } from '../../../src/cli/download/disk/intervals.js';

const PIECE = 100_000;
const content = randomBytes(40 * PIECE);
const sha256 = createHash('sha256').update(content).digest('hex');
const all = Array.from({ length: content.length / PIECE }, (_, i) => i);
const piece = (i: number): Buffer => content.subarray(i * PIECE, (i + 1) * PIECE);

let dir: string;
let path: string;
let target: PartFile;
/** Places that were read back. */
let reads: number[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hashed-part-'));
  path = join(dir, 'part');
  reads = [];
});

afterEach(async () => {
  await target.close();
  await rm(dir, { recursive: true });
});

async function open(done: readonly { start: number; end: number }[] = []) {
  const opened = await openPartFile({
    path,
    statePath: `${path}.json`,
    done: new Intervals(done),
    fresh: await stat(dir),
    describe: () => ({
      service: '',
      backup: '',
      file: null,
      sizeBytes: null,
      etag: null,
      lastModified: null,
      isStrong: false,
    }),
    onUnsynced: () => undefined,
  });
  target = {
    ...opened,
    read: (into, offset, length, position) => {
      if (length > 0) reads.push(position);
      return opened.read(into, offset, length, position);
    },
  };
  return hashWhileWriting(target);
}

const options = (signal = new AbortController().signal) => ({ onBytes: () => undefined, signal });

test('Bytes in order are hashed from memory', async () => {
  const { part, digest } = await open();
  for (const i of all) await part.write([piece(i)], i * PIECE);
  expect(await digest(options())).toBe(sha256);
  expect(reads).toEqual([]);
});

test.each<[string, (a: number, b: number) => number]>([
  ['from the end', (a, b) => b - a],
  ['of four ranges in turn', (a, b) => (a % 10) - (b % 10) || a - b],
  ['in a mixed order', (a, b) => ((a * 7) % 40) - ((b * 7) % 40)],
])('Bytes %s are read back where they came too early', async (_name, order) => {
  const { part, digest } = await open();
  for (const i of [...all].sort(order)) await part.write([piece(i)], i * PIECE);
  expect(await digest(options())).toBe(sha256);
  expect(reads.length).toBeGreaterThan(0);
});

test('Writes that overlap in time are hashed in their order', async () => {
  const { part, digest } = await open();
  await Promise.all(all.map((i) => part.write([piece(i)], i * PIECE)));
  expect(await digest(options())).toBe(sha256);
});

test('What an earlier run left is read beside the rest that comes', async () => {
  await writeFile(path, content.subarray(0, 25 * PIECE));
  const { part, digest } = await open([{ start: 0, end: 25 * PIECE }]);
  for (const i of all.slice(25)) await part.write([piece(i)], i * PIECE);
  expect(await digest(options())).toBe(sha256);
});

test('What is dropped does not count, also while it is read', async () => {
  await writeFile(path, randomBytes(25 * PIECE));
  const { part, digest } = await open([{ start: 0, end: 25 * PIECE }]);
  await part.clear();
  for (const i of all) await part.write([piece(i)], i * PIECE);
  expect(await digest(options())).toBe(sha256);
});

describe('A digest is refused', () => {
  test('of a part that another program shortened', async () => {
    await writeFile(path, content);
    await truncate(path, 7);
    const { digest } = await open([{ start: 0, end: content.length }]);
    await expect(digest(options())).rejects.toMatchObject({ kind: 'target' });
  });

  test('of a part with a hole', async () => {
    const { part, digest } = await open();
    await part.write([piece(0)], 0);
    await part.write([piece(2)], 2 * PIECE);
    await expect(digest(options())).rejects.toMatchObject({ kind: 'target' });
  });

  test('once the person has stopped, without reading on', async () => {
    await writeFile(path, content);
    const { digest, stop } = await open([{ start: 0, end: content.length }]);
    const reason = new Error('stopped');
    await stop();
    await expect(digest(options(AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(reads.length).toBeLessThan(4);
  });
});
