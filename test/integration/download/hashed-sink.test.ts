import { beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { HashedSink, type Sink } from '../../../src/cli/download/hashed-sink.js';
import { Intervals, type Interval } from '../../../src/cli/download/intervals.js';

const PIECE = 100_000;
const content = randomBytes(40 * PIECE);
const sha256 = createHash('sha256').update(content).digest('hex');
const all = Array.from({ length: content.length / PIECE }, (_, i) => i);
const piece = (i: number): Buffer => content.subarray(i * PIECE, (i + 1) * PIECE);
const going = new AbortController().signal;

const nothing = (): Promise<void> => Promise.resolve();

/** Places that were read back. */
let reads: number[];

beforeEach(() => {
  reads = [];
});

/** A sink in memory that an earlier run may have left bytes in. */
function open(done: readonly Interval[] = [], left = content) {
  const bytes = Buffer.alloc(content.length);
  left.copy(bytes);
  let size = done.length > 0 ? left.length : Infinity;
  const written = new Intervals(done);
  const sink: Sink = {
    path: 'part',
    written,
    write: (chunks, position) => {
      const length = Buffer.concat(chunks).copy(bytes, position);
      written.add({ start: position, end: position + length });
      return Promise.resolve();
    },
    read: async (into, length, position) => {
      reads.push(position);
      await new Promise(setImmediate);
      return bytes.copy(into, 0, position, Math.min(size, position + length));
    },
    clear: () => {
      written.cutAt(0);
      size = Infinity;
      return nothing();
    },
    checkRoom: nothing,
    save: nothing,
    flush: nothing,
    reject: () => Promise.resolve(''),
  };
  return new HashedSink(sink, true);
}

const write = (sink: HashedSink, i: number): Promise<void> => sink.write([piece(i)], i * PIECE);
const digest = (sink: HashedSink, signal = going): Promise<string | null> =>
  sink.digest(() => undefined, signal);

test('Bytes in order are hashed from memory', async () => {
  const sink = open();
  for (const i of all) await write(sink, i);
  expect(await digest(sink)).toBe(sha256);
  expect(reads).toEqual([]);
});

test.each<[string, (a: number, b: number) => number]>([
  ['from the end', (a, b) => b - a],
  ['of four ranges in turn', (a, b) => (a % 10) - (b % 10) || a - b],
  ['in a mixed order', (a, b) => ((a * 7) % 40) - ((b * 7) % 40)],
])('Bytes %s are read back where they came too early', async (_name, order) => {
  const sink = open();
  for (const i of [...all].sort(order)) await write(sink, i);
  expect(await digest(sink)).toBe(sha256);
  expect(reads.length).toBeGreaterThan(0);
});

test('What an earlier run left is read beside the rest that comes', async () => {
  const sink = open([{ start: 0, end: 25 * PIECE }]);
  for (const i of all.slice(25)) await write(sink, i);
  expect(await digest(sink)).toBe(sha256);
});

test('What is dropped does not count, also while it is read', async () => {
  const sink = open([{ start: 0, end: 25 * PIECE }], randomBytes(25 * PIECE));
  expect(await sink.clear()).toBe(true);
  for (const i of all) await write(sink, i);
  expect(await digest(sink)).toBe(sha256);
});

describe('A digest is refused', () => {
  test('of a part that another program shortened', async () => {
    const sink = open([{ start: 0, end: content.length }], content.subarray(0, 7));
    await expect(digest(sink)).rejects.toMatchObject({ exitCode: 2 });
  });

  test('of a part with a hole', async () => {
    const sink = open();
    await write(sink, 0);
    await write(sink, 2);
    await expect(digest(sink)).rejects.toMatchObject({ exitCode: 2 });
  });

  test('once the person has stopped, without reading on', async () => {
    const sink = open([{ start: 0, end: content.length }]);
    const reason = new Error('stopped');
    await sink.stop();
    await expect(digest(sink, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(reads.length).toBeLessThan(4);
  });
});
