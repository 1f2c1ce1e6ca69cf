import { createHash, type Hash } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { copyFile, open, rm, type FileHandle } from 'node:fs/promises';
import { usageFault } from '../admin-error.js';

export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes just copied. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Called before bytes are written, if the file system cannot clone the file. */
  readonly makeSure: () => Promise<void>;
  /** Puts the copy on disk. */
  readonly sync: (copy: FileHandle) => Promise<void>;
}

/** Bytes read at a time. */
const CHUNK = 1024 * 1024;
/** Granularity of holes: in a sparse file, this many zero bytes are not written to the copy. */
const PIECE = 64 * 1024;
const ZEROS = Buffer.alloc(PIECE);

/**
 * Copies a file and computes the SHA-256 of the copy, reading it once. Clones the file if the file
 * system supports that. A sparse file stays sparse. The copy is on disk when this returns.
 * @returns the digest in hexadecimal
 * @throws AdminError if the original changed in the meantime; the reason of `signal`
 */
export async function copyWithDigest(
  from: string,
  to: string,
  options: CopyOptions,
): Promise<string> {
  const original = await open(from, 'r');
  try {
    const before = await original.stat({ bigint: true });
    const isClone = await clone(from, to);
    if (!isClone) await options.makeSure();
    const copy = await open(to, isClone ? 'r+' : 'wx');
    const hash = createHash('sha256');
    try {
      await copyBytes(isClone ? copy : original, isClone ? null : copy, hash, before, options);
      await options.sync(copy);
    } finally {
      await copy.close();
    }
    const after = await original.stat({ bigint: true });
    if (before.size !== after.size || before.mtimeNs !== after.mtimeNs) {
      throw usageFault(`--file: ${from} changed while it was being copied; try again later`);
    }
    return hash.digest('hex');
  } finally {
    await original.close();
  }
}

/** Clones a file; false if the file system cannot. */
async function clone(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    // Some systems leave an empty file behind.
    await rm(to, { force: true });
    return false;
  }
}

/** Reads a file from its beginning into the hash, and into `to` unless that is a clone already. */
async function copyBytes(
  from: FileHandle,
  to: FileHandle | null,
  hash: Hash,
  original: BigIntStats,
  { signal, onBytes }: CopyOptions,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  const hasHoles = isSparse(original);
  let position = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await from.read(buffer, 0, CHUNK, position);
    if (bytesRead === 0) break;
    const bytes = buffer.subarray(0, bytesRead);
    hash.update(bytes);
    for (const [start, end] of hasHoles ? withoutZeros(bytes) : [[0, bytesRead] as const]) {
      if (to) await writeAll(to, bytes.subarray(start, end), position + start);
    }
    position += bytesRead;
    onBytes?.(bytesRead);
  }
  // Restores a hole at the end, which no write covers.
  if (hasHoles) await to?.truncate(position);
}

/** The unit of `blocks` in bytes, on every file system (POSIX stat). */
const BLOCK = 512n;

function isSparse({ size, blocks }: BigIntStats): boolean {
  return blocks * BLOCK < size;
}

/** Bytes that a copy of the file takes on a disk. */
export function bytesOnDisk({ size, blocks }: BigIntStats): number {
  return Number(blocks > 0n && blocks * BLOCK < size ? blocks * BLOCK : size);
}

/** The parts of a chunk that are not all zeros, as pairs of start and end. */
function withoutZeros(bytes: Buffer): (readonly [number, number])[] {
  const runs: (readonly [number, number])[] = [];
  let start = -1;
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE);
    const isZero = piece.equals(ZEROS.subarray(0, piece.length));
    if (isZero && start >= 0) runs.push([start, at]);
    if (isZero) start = -1;
    else if (start < 0) start = at;
  }
  return start < 0 ? runs : [...runs, [start, bytes.length]];
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
