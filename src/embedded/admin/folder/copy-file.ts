import { createHash } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { copyFile, open, rm, type FileHandle } from 'node:fs/promises';
import { usageFault } from '../admin-error.js';

export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes just copied. */
  readonly onBytes: (count: number) => void;
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
/** The unit of `blocks` in bytes, on every file system (POSIX stat). */
const BLOCK = 512n;

/**
 * Copies a file and computes the SHA-256 of the copy, reading it once. Clones the file if the file
 * system supports that. A sparse file stays sparse. The copy is on disk when this returns.
 * @returns the digest in hexadecimal
 * @throws AdminError if the original changed in the meantime; the reason of `signal`
 */
export async function copyWithDigest(
  from: string,
  to: string,
  { signal, onBytes, makeSure, sync }: CopyOptions,
): Promise<string> {
  const original = await open(from, 'r');
  try {
    const before = await original.stat({ bigint: true });
    const isClone = await clone(from, to);
    if (!isClone) await makeSure();
    const copy = await open(to, isClone ? 'r+' : 'wx');
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK);
    const hasHoles = isSparse(before);
    try {
      let position = 0;
      for (;;) {
        signal?.throwIfAborted();
        const source = isClone ? copy : original;
        const { bytesRead } = await source.read(buffer, 0, CHUNK, position);
        if (bytesRead === 0) break;
        const bytes = buffer.subarray(0, bytesRead);
        hash.update(bytes);
        if (!isClone) await write(copy, bytes, position, hasHoles);
        position += bytesRead;
        onBytes(bytesRead);
      }
      // Restores a hole at the end, which no write covers.
      if (hasHoles) await copy.truncate(position);
      await sync(copy);
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

/** Writes bytes, but for pieces of zeros that are left as holes. */
async function write(
  file: FileHandle,
  bytes: Buffer,
  position: number,
  hasHoles: boolean,
): Promise<void> {
  const step = hasHoles ? PIECE : bytes.length;
  for (let start = 0; start < bytes.length; start += step) {
    const piece = bytes.subarray(start, start + step);
    if (hasHoles && piece.equals(ZEROS.subarray(0, piece.length))) continue;
    for (let done = 0; done < piece.length;) {
      const rest = piece.length - done;
      done += (await file.write(piece, done, rest, position + start + done)).bytesWritten;
    }
  }
}

function isSparse({ size, blocks }: BigIntStats): boolean {
  return blocks * BLOCK < size;
}

/** Bytes that a copy of the file takes on a disk. */
export function bytesOnDisk(stats: BigIntStats): number {
  return Number(stats.blocks > 0n && isSparse(stats) ? stats.blocks * BLOCK : stats.size);
}
