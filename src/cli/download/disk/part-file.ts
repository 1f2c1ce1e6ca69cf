import type { FileHandle } from 'node:fs/promises';
import { hasCode } from '../../../domain/error-code.js';
import { createOwn, openOwn, type Fresh } from './own-file.js';
import type { ReadAt } from './read-pieces.js';
import { writeAll } from './write-all.js';
import { Intervals } from '../transfer/intervals.js';
import { isNoRoom, toTargetError } from './target-error.js';

/** What is given back where the disk is full, so that the state can still be written. */
const GIVEN_BACK = 256 * 1024;

/** The bytes of a file that is not whole yet, each in its place. */
export interface PartFile {
  readonly path: string;
  /** Bytes that are written, though not all of them on the disk. */
  readonly written: Intervals;
  /** @throws DownloadError 'target' */
  readonly write: (chunks: readonly Buffer[], position: number) => Promise<void>;
  /** @throws DownloadError 'target' */
  readonly read: ReadAt;
  /** Brings what is written to the disk. @returns those bytes */
  readonly sync: () => Promise<Intervals>;
  /**
   * Drops all bytes.
   * @param before brings to the disk that there are none, while they are still there
   */
  readonly clear: (before: () => Promise<void>) => Promise<void>;
  /** Makes room for a small file on a full disk. */
  readonly giveBack: () => Promise<void>;
  readonly handle: FileHandle;
  readonly close: () => Promise<void>;
}

/**
 * Opens the part of an earlier run, or makes an empty one that nobody else can read while it grows.
 * @param done what of it is certain
 * @throws DownloadError 'target'
 */
export async function openPartFile(path: string, done: Intervals, fresh: Fresh): Promise<PartFile> {
  const handle = await openForWriting(path, fresh).catch((error: unknown) => {
    throw toTargetError(error, path);
  });
  const written = done;
  return {
    path,
    written,
    handle,
    write: async (chunks, position) => {
      const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      try {
        await writeAll(handle.fd, chunks, position);
      } catch (error) {
        throw toTargetError(error, path);
      }
      written.add({ start: position, end: position + length });
    },
    read: (...where) =>
      handle.read(...where).catch((error: unknown) => {
        throw toTargetError(error, path);
      }),
    sync: async () => {
      const snapshot = new Intervals(written.toArray());
      await handle.datasync().catch((error: unknown) => {
        throw toTargetError(error, path);
      });
      return snapshot;
    },
    clear: async (before) => {
      written.cutAt(0);
      await before();
      await handle.truncate(0);
    },
    giveBack: async () => {
      const end = Math.max(0, (await handle.stat()).size - GIVEN_BACK);
      written.cutAt(end);
      await handle.truncate(end);
    },
    close: () => handle.close(),
  };
}

/** Whether a write failed since the disk is full. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && isNoRoom(error.cause);
}

async function openForWriting(path: string, fresh: Fresh): Promise<FileHandle> {
  for (;;) {
    const handle = await openOwn(path, 'write', fresh);
    if (handle !== null) return handle;
    try {
      return await createOwn(path);
    } catch (error) {
      // It came in the meantime: then it must be ours, too.
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }
}
