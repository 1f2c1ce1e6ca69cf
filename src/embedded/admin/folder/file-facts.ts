import type { Stats } from 'node:fs';
import { chmod, lchown, readdir, stat, statfs, utimes, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf, hasCode } from '../../../domain/error-code.js';

/** The user the service presumably runs as: the owner of EMBEDDED_DIR. */
export type Owner = Pick<Stats, 'uid' | 'gid'>;

/** Calls that file systems answer each in their way. */
export interface FactCalls {
  readonly chmod: typeof chmod;
  readonly utimes: typeof utimes;
  readonly lchown: typeof lchown;
  readonly sync: (file: FileHandle) => Promise<void>;
  readonly statfs: (path: string) => Promise<{ bavail: number; bsize: number; blocks: number }>;
}

const CALLS: FactCalls = { chmod, utimes, lchown, statfs, sync: (file) => file.sync() };
const OWNER_READS = 0o400;

/** What copies have beside their bytes: owner, mode and times, and whether they are on disk. */
export type FileFacts = ReturnType<typeof createFileFacts>;

/**
 * Sets facts where the file system has them. CIFS, exFAT and others refuse to set some: the backup is as good without,
 * so that one warning says so, and work goes on.
 */
export function createFileFacts(warn: (text: string) => void, calls: FactCalls = CALLS) {
  let isSaid = false;

  async function where(what: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL')) throw error;
      if (isSaid) return;
      isSaid = true;
      warn(
        `The file system of EMBEDDED_DIR cannot ${what} (${codeOf(error) ?? ''}); the backup is added without that.`,
      );
    }
  }

  return {
    /** Gives a copy the times of its original, and its mode with the right of its owner to read. */
    async keep({ mode, atime, mtime }: Stats, copy: string): Promise<void> {
      await where('set the modes of files', calls.chmod(copy, (mode & 0o777) | OWNER_READS));
      await where('set the times of files', calls.utimes(copy, atime, mtime));
    },
    /**
     * Gives a folder and what is in it to the owner if this process runs as root.
     * @param except hard links to skip, since a change would affect their originals
     */
    async handOver(folder: string, { uid, gid }: Owner, except: readonly string[] = []) {
      // Systems without users, such as Windows, have no such function.
      if (process.geteuid?.() !== 0 || uid === 0) return;
      const isFolder = (await stat(folder)).isDirectory();
      const entries = isFolder ? await readdir(folder, { recursive: true }) : [];
      for (const path of [folder, ...entries.map((entry) => join(folder, entry))]) {
        if (except.includes(path)) continue;
        await where('set the owners of files', calls.lchown(path, uid, gid));
      }
    },
    sync: (file: FileHandle) => where('write files through to its disk', calls.sync(file)),
    /** Bytes that are free for this process; unknown ones are infinite. */
    async freeBytes(folder: string): Promise<number> {
      const { bavail, bsize, blocks } = await calls.statfs(folder);
      // Some network file systems do not tell.
      return blocks === 0 ? Infinity : bavail * bsize;
    },
  };
}

/** Returns a warning for each file that the owner still cannot read. */
export async function findUnreadable(files: readonly string[], owner: Owner): Promise<string[]> {
  if (process.geteuid === undefined || owner.uid === 0) return [];
  const stats = await Promise.all(files.map((file) => stat(file)));
  return files
    .filter((_, i) => stats[i] !== undefined && !mayRead(stats[i], owner))
    .map(
      (file) =>
        `${basename(file)} cannot be read by the owner of EMBEDDED_DIR (uid ${owner.uid}): ` +
        'if the service runs as that user, it refuses its download. Change its owner or mode.',
    );
}

/** Checks owner and primary group; a user's other groups are unknown. */
function mayRead({ uid, gid, mode }: Stats, owner: Owner): boolean {
  if (uid === owner.uid) return (mode & 0o400) !== 0;
  return gid === owner.gid ? (mode & 0o040) !== 0 : (mode & 0o004) !== 0;
}
