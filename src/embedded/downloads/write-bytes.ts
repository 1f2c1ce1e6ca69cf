import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { ClientGoneError } from '../http/respond.js';
import type { BufferPair, LargeBuffers } from './large-buffers.js';

/** Bytes read at a time at first, and for a client that does not keep up. Each download has two of it. */
export const SMALL_CHUNK = 64 * 1024;
/** Bytes that must have gone out without a wait: more than the kernels of both sides take by themselves. */
const FAST_BYTES = 16 * 1024 * 1024;
/** A chunk that takes longer than this, in milliseconds, was waited for. */
const FAST_MS = 50;

/** Where bytes go; an HTTP answer has a socket. */
type Target = Writable & { readonly socket?: Socket | null };

/**
 * Writes bytes `start` to `end` of an open file, no faster than they are taken. Two buffers take turns:
 * one is read into while the other goes out. A stream makes a new one for each read, and having memory
 * for it costs as much as reading. They are small until the client proves to be a fast one.
 * @param onBytes is told of each chunk that went out; fewer bytes than asked for where the file ends before
 * @throws ClientGoneError, or an error of the file system
 */
export async function writeBytes(
  target: Target,
  handle: FileHandle,
  { start, end }: { readonly start: number; readonly end: number },
  onBytes: (bytes: number) => void,
  largeBuffers: LargeBuffers,
): Promise<void> {
  const small = smallBuffers(end - start + 1);
  let large: BufferPair | null = null;
  /** Large ones that are given back once their last chunk has gone out. */
  let leaving: BufferPair | null = null;
  let fastBytes = 0;
  let position = start;
  let written: Promise<number> = Promise.resolve(0);
  try {
    for (let turn: 0 | 1 = 0; position <= end; turn = turn === 0 ? 1 : 0) {
      const filling: Buffer = (large ?? small)[turn];
      const length = Math.min(filling.length, end - position + 1);
      // Together, so that neither fails unheard.
      const [{ bytesRead }, elapsed] = await Promise.all([
        handle.read(filling, 0, length, position),
        written,
      ]);
      leaving = largeBuffers.giveBack(leaving);
      if (bytesRead === 0) return;
      position += bytesRead;
      written = write(target, filling.subarray(0, bytesRead), onBytes);
      fastBytes = elapsed <= FAST_MS ? fastBytes + bytesRead : 0;
      if (fastBytes >= FAST_BYTES) large ??= largeBuffers.take();
      else if (large !== null) [leaving, large] = [large, null];
    }
    await written;
  } finally {
    largeBuffers.giveBack(leaving);
    largeBuffers.giveBack(large);
  }
}

/** Made when they are first used: a short range needs one, and no more than its length. */
function smallBuffers(length: number): BufferPair {
  const size = Math.min(SMALL_CHUNK, length);
  let [first, second]: Buffer[] = [];
  return {
    get 0() {
      return (first ??= Buffer.allocUnsafeSlow(size));
    },
    get 1() {
      return (second ??= Buffer.allocUnsafeSlow(size));
    },
  };
}

/**
 * Resolves when `chunk` has gone out, and its buffer can be used again, with the milliseconds that took.
 * @throws ClientGoneError
 */
function write(target: Target, chunk: Buffer, onBytes: (bytes: number) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const onClose = (): void => {
      reject(new ClientGoneError(chunk.length));
    };
    target.once('close', onClose);
    target.write(chunk, (cause) => {
      target.off('close', onClose);
      // A write that was under way when its socket was destroyed ends without an error.
      if (cause ?? target.socket?.destroyed) {
        reject(new ClientGoneError(chunk.length, { cause }));
        return;
      }
      onBytes(chunk.length);
      resolve(performance.now() - begun);
    });
  });
}
