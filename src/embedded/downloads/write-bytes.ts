import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { ClientGoneError } from '../http/respond.js';
import type { BufferPair, LargeBuffers } from './large-buffers.js';

/** Bytes per read, initially and for slow clients. Each download has two such buffers. */
export const SMALL_CHUNK = 64 * 1024;
/**
 * Bytes sent without waiting before a client counts as fast: more than the socket buffers on both
 * sides hold.
 */
const FAST_BYTES = 16 * 1024 * 1024;
/** A write longer than this, in milliseconds, counts as waiting. */
const FAST_MS = 50;

/** The destination; an HTTP response has a socket. */
type Target = Writable & { readonly socket?: Socket | null };

/**
 * Writes bytes `start` to `end` of an open file with backpressure. Two buffers alternate: one is
 * filled while the other is sent. A stream would allocate a buffer for each read, which costs as
 * much as reading. Buffers are small until the client proves fast.
 * @param onBytes called with the size of each chunk sent; the total is less if the file ends early
 * @throws ClientGoneError, or a file system error
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
  /** Large buffers to release after their last chunk is sent. */
  let leaving: BufferPair | null = null;
  let fastBytes = 0;
  let position = start;
  let written: Promise<number> = Promise.resolve(0);
  try {
    for (let turn: 0 | 1 = 0; position <= end; turn = turn === 0 ? 1 : 0) {
      const filling: Buffer = (large ?? small)[turn];
      const length = Math.min(filling.length, end - position + 1);
      // Awaited together, so that neither rejection is unhandled.
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

/** Allocated on first use: a short range needs one buffer of its own length. */
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
 * Resolves when `chunk` was sent and its buffer is reusable, with the elapsed milliseconds.
 * @throws ClientGoneError
 */
function write(target: Target, chunk: Buffer, onBytes: (bytes: number) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const onClose = (): void => {
      reject(new ClientGoneError(chunk.length));
    };
    target.once('close', onClose);
    target.write(chunk, (cause) => {
      target.off('close', onClose);
      // A pending write ends without an error when its socket is destroyed.
      if (cause ?? target.socket?.destroyed) {
        reject(new ClientGoneError(chunk.length, { cause }));
        return;
      }
      onBytes(chunk.length);
      resolve(performance.now() - startedAt);
    });
  });
}
