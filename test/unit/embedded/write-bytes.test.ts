import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLargeBuffers, LARGE_CHUNK } from '../../../src/embedded/downloads/large-buffers.js';
import { SMALL_CHUNK, writeBytes } from '../../../src/embedded/downloads/write-bytes.js';
import { ClientGoneError } from '../../../src/embedded/http/respond.js';

const MIB = 1024 * 1024;
const SIZE = 3 * MIB + 12_345;
const content = randomBytes(SIZE);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-bytes-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Consumes each chunk some turns later and inspects it only then, when it must be unchanged. */
function slowTarget(onChunk: (chunk: Buffer) => Error | null = () => null) {
  const taken: Buffer[] = [];
  let mostWaiting = 0;
  const target = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => {
      mostWaiting = Math.max(mostWaiting, target.writableLength);
      const take = (turns: number): void => {
        if (turns > 0) {
          setImmediate(take, turns - 1);
          return;
        }
        taken.push(Buffer.from(chunk));
        done(onChunk(chunk));
      };
      take(20);
    },
  });
  // As in a socket, the callback of the write reports the failure.
  target.on('error', () => undefined);
  return { target, taken: () => Buffer.concat(taken), mostWaiting: () => mostWaiting };
}

async function send(
  target: Writable,
  start: number,
  end: number,
  name = 'file',
  large = createLargeBuffers(),
) {
  await writeFile(join(folder, name), content);
  const handle = await open(join(folder, name));
  let sent = 0;
  try {
    const onBytes = (bytes: number): void => {
      sent += bytes;
    };
    await writeBytes(target, handle, { start, end }, onBytes, large);
    return sent;
  } finally {
    await handle.close();
  }
}

describe('writeBytes', () => {
  it.each([
    [0, SIZE - 1],
    [0, 0],
    [MIB - 1, 2 * MIB],
    [2 * MIB, 3 * MIB - 1],
    [SIZE - 1, SIZE - 1],
  ])('writes bytes %i to %i of the file', async (start, end) => {
    const { target, taken } = slowTarget();
    expect(await send(target, start, end)).toBe(end - start + 1);
    expect(taken().equals(content.subarray(start, end + 1))).toBe(true);
  });

  it('holds at most one unsent chunk', async () => {
    const { target, mostWaiting } = slowTarget();
    await send(target, 0, SIZE - 1);
    expect(mostWaiting()).toBe(SMALL_CHUNK);
  });

  it('uses large buffers for fast clients, and releases them', async () => {
    const sizes: number[] = [];
    const target = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => {
        sizes.push(chunk.length);
        done();
      },
    });
    const large = createLargeBuffers(1);
    await writeFile(join(folder, 'large'), '');
    await truncate(join(folder, 'large'), 64 * MIB);
    const handle = await open(join(folder, 'large'));
    await writeBytes(target, handle, { start: 0, end: 64 * MIB - 1 }, () => undefined, large);
    await handle.close();
    // Bytes buffered by the two kernels prove nothing.
    expect(sizes.slice(0, (8 * MIB) / SMALL_CHUNK).every((size) => size === SMALL_CHUNK)).toBe(
      true,
    );
    expect(Math.max(...sizes)).toBe(LARGE_CHUNK);
    expect(large.take()).not.toBeNull();
    expect(large.take()).toBeNull();
  });

  it('uses small buffers while all large ones are in use', async () => {
    const large = createLargeBuffers(1);
    large.take();
    const { target, mostWaiting } = slowTarget();
    await send(target, 0, SIZE - 1, 'file', large);
    expect(mostWaiting()).toBe(SMALL_CHUNK);
  });

  it('ends at the end of the file', async () => {
    const { target, taken } = slowTarget();
    expect(await send(target, 0, SIZE + 5 * MIB)).toBe(SIZE);
    expect(taken().length).toBe(SIZE);
  });

  it('ends early if the file shrinks', async () => {
    const { target, taken } = slowTarget(() => {
      void truncate(join(folder, 'shrinks'), MIB);
      return null;
    });
    expect(await send(target, 0, SIZE - 1, 'shrinks')).toBeLessThan(SIZE);
    expect(taken().length).toBeLessThan(SIZE);
  });

  it('fails if a chunk cannot be sent', async () => {
    const { target } = slowTarget(() => new Error('ECONNRESET'));
    await expect(send(target, 0, SIZE - 1)).rejects.toThrow(ClientGoneError);
  });

  it('fails if the client disconnects, before or during a chunk', async () => {
    const gone = slowTarget();
    gone.target.destroy();
    await expect(send(gone.target, 0, SIZE - 1)).rejects.toThrow(ClientGoneError);
    const leaving = slowTarget(() => {
      leaving.target.destroy();
      return null;
    });
    await expect(send(leaving.target, 0, SIZE - 1)).rejects.toThrow(ClientGoneError);
  });
});
