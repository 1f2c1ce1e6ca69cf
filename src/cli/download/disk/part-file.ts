import type { FileHandle } from 'node:fs/promises';
import { hasCode } from '../../../domain/error-code.js';
import type { Intervals } from './intervals.js';
import { createOwn, openOwn, type Fresh } from './own-file.js';
import type { ReadAt } from './read-pieces.js';
import { isSyncUnsupported, removeState, saveState, type State } from './state-file.js';
import { isNoRoom, toTargetError } from './target-error.js';
import { writeAll } from './write-all.js';

/** What is given back where the disk is full, so that the state can still be written. */
const GIVEN_BACK = 256 * 1024;

/** The bytes of a file that is not whole yet, each in its place, and the state that says which are there. */
export interface PartFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** Bytes that are written, though not all of them on the disk. */
  readonly written: Intervals;
  /** @throws DownloadError 'target' */
  readonly write: (chunks: readonly Buffer[], position: number) => Promise<void>;
  /** @throws DownloadError 'target' */
  readonly read: ReadAt;
  /** Brings what is written to the disk, and then into the state. @throws DownloadError 'target' */
  readonly save: () => Promise<void>;
  /** Brings what is written to the disk, without the state. @throws DownloadError 'target' */
  readonly flush: () => Promise<void>;
  /** The same after a failure, where it may fail too: the state before stays, which is true as well. */
  readonly saveWhatIsThere: (failure: unknown) => Promise<void>;
  /** Drops all bytes. The state says so while they are still there. */
  readonly clear: () => Promise<void>;
  readonly removeState: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface PartOptions {
  readonly path: string;
  readonly statePath: string;
  /** What of an earlier run's part is certain. */
  readonly done: Intervals;
  /** What the state says beside the bytes that are there. */
  readonly describe: () => Omit<State, 'done'>;
  readonly fresh: Fresh;
  /** Called once where the file system cannot bring bytes to the disk on request. */
  readonly onUnsynced: () => void;
  /** Brings a file to the disk. */
  readonly flush?: (file: FileHandle) => Promise<void>;
}

/**
 * Opens the part of an earlier run, or makes an empty one that nobody else can read while it grows. The state is
 * there before the part: a part without one is not of this program.
 * @throws DownloadError 'target'
 */
export async function openPartFile(options: PartOptions): Promise<PartFile> {
  const { path, statePath, done: written, describe, fresh } = options;
  const flush = options.flush ?? ((file) => file.datasync());
  let isSynced = true;
  let isEnded = false;
  let saving: Promise<void> = Promise.resolve();

  async function sync(file: FileHandle): Promise<void> {
    if (!isSynced) return;
    await flush(file).catch((error: unknown) => {
      if (!isSyncUnsupported(error)) throw error;
      isSynced = false;
      options.onUnsynced();
    });
  }

  async function saveNow(file: FileHandle | null): Promise<void> {
    if (isEnded) return;
    const done = written.toArray().map(({ start, end }): [number, number] => [start, end]);
    if (file !== null) await sync(file).catch(fail);
    await saveState(statePath, { ...describe(), done }, sync).catch((error: unknown) => {
      throw toTargetError(error, statePath);
    });
  }

  const fail = (error: unknown): never => {
    throw toTargetError(error, path);
  };
  await saveNow(null);
  const handle = await openForWriting(path, fresh).catch(fail);

  /** One after the other: an older state must not replace a newer one. */
  function save(): Promise<void> {
    saving = saving.catch(() => undefined).then(() => saveNow(handle));
    return saving;
  }

  return {
    path,
    handle,
    written,
    write: async (chunks, position) => {
      const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      await writeAll(handle.fd, chunks, position).catch(fail);
      written.add({ start: position, end: position + length });
    },
    read: (...where) => handle.read(...where).catch(fail),
    save,
    flush: () => sync(handle).catch(fail),
    saveWhatIsThere: async (failure) => {
      try {
        if (failure instanceof Error && isNoRoom(failure.cause)) {
          const end = Math.max(0, (await handle.stat()).size - GIVEN_BACK);
          written.cutAt(end);
          await handle.truncate(end);
        }
        await save();
      } catch {
        // Nothing more can be done.
      }
    },
    clear: async () => {
      written.cutAt(0);
      await save();
      await handle.truncate(0);
    },
    removeState: async () => {
      isEnded = true;
      await saving.catch(() => undefined);
      await removeState(statePath);
    },
    close: async () => {
      await saving.catch(() => undefined);
      await handle.close();
    },
  };
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
