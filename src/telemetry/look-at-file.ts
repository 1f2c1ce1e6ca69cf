import { type BigIntStats, fstatSync, statSync } from 'node:fs';
import { type FileHandle, stat, statfs } from 'node:fs/promises';

/** Stats a path or open file; null if impossible. */
export type LookAtFile = (file: string | FileHandle) => Promise<Found> | Found;

type Found = BigIntStats | null;

/**
 * Selects how to stat files before and after each write. Local file systems answer from memory, so
 * a synchronous call is faster than a thread. Network file systems may hang and are called
 * asynchronously.
 */
export async function lookAtFilesBeside(path: string): Promise<LookAtFile> {
  const type = await statfs(path).then(
    (found) => found.type,
    () => null,
  );
  return type !== null && LOCAL.has(type) ? lookAtOnce : lookFromThread;
}

/** Inode numbers can exceed the precision of a double. */
const EXACT = { bigint: true } as const;

function lookAtOnce(file: string | FileHandle): Found {
  try {
    return typeof file === 'string' ? statSync(file, EXACT) : fstatSync(file.fd, EXACT);
  } catch {
    return null;
  }
}

export async function lookFromThread(file: string | FileHandle): Promise<Found> {
  try {
    return await (typeof file === 'string' ? stat(file, EXACT) : file.stat(EXACT));
  } catch {
    return null;
  }
}

/** Magic numbers of linux/magic.h, statfs(2). */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
]);
