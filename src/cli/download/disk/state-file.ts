import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { hasCode } from '../../../domain/error-code.js';
import { createOwn, openOwn, type Fresh } from './own-file.js';

/** What the state of a later form, which this one could misread, does not say. */
const FORMAT = 'backups-get/1';
/** Bytes; states are a few hundred long. */
const LONGEST = 1024 * 1024;
/** What tells the names that a state is written under first; nobody can guess one. */
const ASIDE = /^\.[0-9a-f]{16}$/;

const count = z.number().int().nonnegative();

const stateSchema = z.object({
  /** URL of the service. */
  service: z.string(),
  backup: z.string(),
  file: z.string().nullable(),
  sizeBytes: count.nullable(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  isStrong: z.boolean(),
  /** Bytes that are on the disk: first, and the one after the last. */
  done: z.array(z.tuple([count, count])),
});

const savedSchema = z.object({ format: z.literal(FORMAT), state: stateSchema });

/** What of a file is on the disk, and which version of which file it is. Holds no link and no token. */
export type State = z.infer<typeof stateSchema>;

/** `none` where there is no file, `damaged` where it cannot be trusted. */
export type LoadedState = State | 'none' | 'damaged';

/** @throws DownloadError 'target' for a file that is not this user's alone */
export async function loadState(path: string, fresh: Fresh): Promise<LoadedState> {
  const handle = await openOwn(path, 'read', fresh);
  if (handle === null) return 'none';
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST), 0, LONGEST, 0);
    return parse(buffer.toString('utf8', 0, bytesRead));
  } catch {
    return 'damaged';
  } finally {
    await handle.close();
  }
}

/**
 * Replaces the state as a whole: written aside, brought to the disk, then renamed over the old one. After a
 * power cut there is the one or the other.
 * @param sync brings a file to the disk
 */
export async function saveState(
  path: string,
  state: State,
  sync: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const aside = `${path}.${randomBytes(8).toString('hex')}`;
  const handle = await createOwn(aside);
  try {
    await handle.writeFile(`${JSON.stringify({ format: FORMAT, state })}\n`);
    await sync(handle);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await rename(aside, path);
}

/** Removes the state, and what killed runs left of it. */
export async function removeState(path: string): Promise<void> {
  const folder = dirname(path);
  const name = basename(path);
  const names = await readdir(folder).catch(() => []);
  const leftovers = names.filter(
    (other) => other.startsWith(name) && ASIDE.test(other.slice(name.length)),
  );
  await Promise.all(leftovers.map((leftover) => rm(join(folder, leftover), { force: true })));
  await rm(path, { force: true });
}

/** Where a file system brings nothing to the disk on request. */
export function isSyncUnsupported(error: unknown): boolean {
  return hasCode(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS');
}

/** Brings the names in a folder to the disk, where the system can do that. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) return;
  try {
    await handle.sync();
  } catch {
    // Windows and some network file systems sync no folders.
  } finally {
    await handle.close();
  }
}

function parse(text: string): LoadedState {
  try {
    const { state } = savedSchema.parse(JSON.parse(text));
    const isInOrder = state.done.every(([start, end], i) => {
      const before = state.done[i - 1]?.[1] ?? 0;
      return start >= before && end > start && end <= (state.sizeBytes ?? end);
    });
    return isInOrder ? state : 'damaged';
  } catch {
    return 'damaged';
  }
}
