import { link, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from '../../domain/error-code.js';
import { usageError } from '../cli-error.js';
import { lengthOf, writeAll } from './batch-writer.js';
import { isNoRoom, toTargetError } from './failures.js';
import type { Sink } from './hashed-sink.js';
import type { Intervals } from './intervals.js';
import { createOwn, openOwn, statsAt, type Fresh } from './own-file.js';
import type { Source } from './source.js';
import { removeState, resume, saveState } from './state.js';
import { requireRoom, type Beside } from './target.js';

/** What is given back where the disk is full, so that the state can still be written. */
const GIVEN_BACK = 256 * 1024;

/** The bytes of a file that is not whole yet, each in its place, and the state that says which are there. */
export class Part implements Sink {
  readonly path: string;
  #isEnded = false;
  #saving: Promise<void> = Promise.resolve();
  /** Bytes that the state names. */
  #saved: number;

  private constructor(
    private readonly source: Source,
    private readonly beside: Beside,
    private readonly handle: FileHandle,
    readonly written: Intervals,
    private readonly sync: (file: FileHandle) => Promise<void>,
  ) {
    this.path = beside.part;
    this.#saved = written.total;
  }

  /**
   * Opens the part of an earlier run, or makes an empty one that nobody else can read while it grows. The state is
   * there before the part: a part without one is not of this program.
   * @throws CliError
   */
  static async open(
    source: Source,
    beside: Beside,
    fresh: Fresh,
    say: (message: string) => void,
  ): Promise<Part> {
    const sync = createSync(say);
    const written = await resume(source, beside, fresh, say);
    try {
      await requireRoom([{ sizeBytes: source.sizeBytes, beside }]);
      await saveState(beside.state, source, written, sync);
      const handle = (await openOwn(beside.part, 'write', fresh)) ?? (await createOwn(beside.part));
      return new Part(source, beside, handle, written, sync);
    } catch (error) {
      throw toTargetError(error, beside.part);
    }
  }

  async write(chunks: readonly Buffer[], position: number): Promise<void> {
    await writeAll(this.handle.fd, chunks, position).catch(this.#fail);
    this.written.add({ start: position, end: position + lengthOf(chunks) });
  }

  async read(into: Buffer, length: number, position: number): Promise<number> {
    const { bytesRead } = await this.handle.read(into, 0, length, position).catch(this.#fail);
    return bytesRead;
  }

  checkRoom(): Promise<void> {
    return requireRoom([{ sizeBytes: this.source.sizeBytes, beside: this.beside }]);
  }

  async flush(): Promise<void> {
    await this.sync(this.handle).catch(this.#fail);
  }

  /** Brings what is new to the disk, and then into the state; an older one never replaces a newer. */
  readonly save = (): Promise<void> => {
    this.#saving = this.#saving.catch(() => undefined).then(() => this.#saveNow());
    return this.#saving;
  };

  /** The same after a failure, where it may fail too: the state before stays, which is true as well. An empty part is removed. */
  async saveWhatIsThere(failure: unknown): Promise<void> {
    try {
      if (isNoRoom(failure)) {
        const end = Math.max(0, (await this.handle.stat()).size - GIVEN_BACK);
        this.written.cutAt(end);
        await this.handle.truncate(end);
      }
      if (this.written.total > 0) await this.save();
      else await this.#remove();
    } catch {
      // Nothing more can be done.
    }
  }

  /** Drops all bytes. The state says so while they are still there. */
  readonly clear = async (): Promise<void> => {
    this.written.cutAt(0);
    await this.save();
    await this.handle.truncate(0);
  };

  /**
   * Gives the file its name, the time of the store, which tells a later run that it is the same, and the rights of a
   * new file. Without `overwrite` a file that has come there meanwhile stays.
   * @throws CliError 'usage'
   */
  async nameIt(path: string, fresh: Fresh): Promise<void> {
    const { run, version } = this.source;
    const modified = new Date(version.lastModified ?? NaN);
    try {
      await this.#requireNamed(this.path);
      // Some file systems keep neither times nor modes.
      await this.handle.utimes(modified, modified).catch(() => undefined);
      await this.handle.chmod(fresh.mode & 0o777).catch(() => undefined);
      if (run.overwrite) await rename(this.path, path);
      else await moveToFree(this.path, path);
      await this.#requireNamed(path);
    } catch (error) {
      throw toTargetError(error, path);
    }
    await syncFolder(dirname(path));
    await this.#removeState();
  }

  /** Keeps what failed the check under a name that nothing has, and never resumes it. @returns what to say */
  async reject(): Promise<string> {
    let path = this.beside.mismatch;
    for (let count = 2; (await statsAt(path)) !== null; count += 1) {
      path = `${this.beside.mismatch}-${count}`;
    }
    await rename(this.path, path).catch(this.#fail);
    await this.#removeState();
    return `the file is kept as ${path}; run the same command again to download it from the beginning`;
  }

  async close(): Promise<void> {
    await this.#saving.catch(() => undefined);
    await this.handle.close();
  }

  async #saveNow(): Promise<void> {
    const { total } = this.written;
    if (this.#isEnded || total === this.#saved) return;
    await this.flush();
    await saveState(this.beside.state, this.source, this.written, this.sync).catch(this.#fail);
    this.#saved = total;
  }

  async #remove(): Promise<void> {
    await this.#requireNamed(this.path);
    await unlink(this.path);
    await this.#removeState();
  }

  async #removeState(): Promise<void> {
    this.#isEnded = true;
    await this.#saving.catch(() => undefined);
    await removeState(this.beside.state);
  }

  /** In a folder that others may write to, somebody may have put another file in its place. */
  async #requireNamed(path: string): Promise<void> {
    const [named, opened] = [await statsAt(path), await this.handle.stat()];
    if (named?.ino === opened.ino && named.dev === opened.dev) return;
    throw usageError(
      `Another program replaced ${path} meanwhile: run the same command in a folder of your own.`,
    );
  }

  readonly #fail = (error: unknown): never => {
    throw toTargetError(error, this.path);
  };
}

/** The failure that other bytes of the same name end with. */
export function takenError(path: string): Error {
  return usageError(
    `${path} exists with different content: choose another name with -o, or give --overwrite.`,
  );
}

/** Brings files to the disk, where the file system can do that; where it cannot, that is said once. */
function createSync(say: (message: string) => void): (file: FileHandle) => Promise<void> {
  let isAble = true;
  return async (file) => {
    if (!isAble) return;
    await file.datasync().catch((error: unknown) => {
      if (!hasCode(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
      isAble = false;
      say('This file system cannot flush to the disk: a power failure may cost the file.');
    });
  };
}

/** Brings the names in a folder to the disk; Windows and some network file systems cannot. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** A second name fails where there is one already, renaming does not; some file systems have no second names. */
async function moveToFree(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
    await unlink(part);
  } catch (error) {
    if (hasCode(error, 'EEXIST') || (await statsAt(path)) !== null) throw takenError(path);
    await rename(part, path);
  }
}
