import { constants, type Stats } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { hasCode } from '../../domain/error-code.js';
import { usageError } from '../cli-error.js';
import { toTargetError } from './failures.js';

/** Windows has neither, nor links and pipes that others can put in the way. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;
const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = constants;
/** Bits of a mode that let others write. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * What a file that was just created here looks like: a mount may show one owner and one mode for all files, so
 * other files are compared with it.
 */
export type Fresh = Pick<Stats, 'uid' | 'mode' | 'nlink'>;

/** Creates a file that nobody else can read or write. @throws the error of the system, EEXIST included */
export function createOwn(path: string, mode = 0o600): Promise<FileHandle> {
  return open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
}

/** Opens a file, not what a link leads to, and waits for no pipe. @throws the error of the system */
export function openItself(path: string, access: 'read' | 'write'): Promise<FileHandle> {
  return open(path, (access === 'read' ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_NONBLOCK);
}

/**
 * Opens what an earlier run left in a folder that others may write to: takes only a regular file of this user that
 * has one name and that nobody else can write.
 * @returns null where there is none
 * @throws CliError 'usage'
 */
export async function openOwn(
  path: string,
  access: 'read' | 'write',
  fresh: Fresh,
): Promise<FileHandle | null> {
  let handle: FileHandle;
  try {
    handle = await openItself(path, access);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    // FreeBSD says EMLINK; a folder and a socket cannot be opened.
    if (hasCode(error, 'ELOOP', 'EMLINK', 'EISDIR', 'ENXIO')) throw foreignError(path);
    throw toTargetError(error, path);
  }
  if (isOwn(await handle.stat(), fresh)) return handle;
  await handle.close();
  throw foreignError(path);
}

/** What is at a path, itself and not what a link leads to; null for nothing. */
export function statsAt(path: string): Promise<Stats | null> {
  return lstat(path).catch(() => null);
}

function isOwn(stats: Stats, fresh: Fresh): boolean {
  return (
    stats.isFile() &&
    stats.uid === fresh.uid &&
    stats.nlink <= Math.max(1, fresh.nlink) &&
    (stats.mode & WRITABLE_BY_OTHERS & ~fresh.mode) === 0
  );
}

function foreignError(path: string): Error {
  return usageError(
    `${path} is a link, belongs to another user, or can be written by others, so it is not used: discard it ` +
      'with --restart, or choose another place with -o.',
  );
}
