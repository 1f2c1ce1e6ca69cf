import { link, lstat, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DownloadError } from '../download-error.js';
import type { Fresh } from './own-file.js';
import type { PartFile } from './part-file.js';
import { syncFolder } from './state-file.js';
import { hasCode } from '../../../domain/error-code.js';
import { toTargetError } from './target-error.js';

export interface PlaceOptions {
  readonly overwrite: boolean;
  /** Time of the file at the store, which tells a later run that it is the same. */
  readonly modified: Date | null;
  /** Its mode is the one that a new file gets here. */
  readonly fresh: Fresh;
}

/**
 * Gives a whole file its name, and the rights of a new file. Without `overwrite` a file that has come there meanwhile stays.
 * @throws DownloadError 'target'
 */
export async function placeWhole(
  { path: part, handle }: Pick<PartFile, 'path' | 'handle'>,
  path: string,
  { overwrite, modified, fresh }: PlaceOptions,
): Promise<void> {
  try {
    await requireSameFile(part, handle);
    // Some file systems keep neither times nor modes.
    if (modified !== null) await handle.utimes(modified, modified).catch(() => undefined);
    await handle.chmod(fresh.mode & 0o777).catch(() => undefined);
    if (overwrite) await rename(part, path);
    else await moveToFree(part, path);
    await requireSameFile(path, handle);
  } catch (error) {
    throw toTargetError(error, path);
  }
  await syncFolder(dirname(path));
}

/** In a folder that others may write to, somebody may have put another file in its place. */
async function requireSameFile(path: string, handle: FileHandle): Promise<void> {
  const [named, opened] = await Promise.all([lstat(path), handle.stat()]);
  if (named.ino === opened.ino && named.dev === opened.dev) return;
  throw new DownloadError(
    'target',
    `Another program replaced ${path} meanwhile: run the same command in a folder of your own.`,
  );
}

/** Keeps what failed the check under a name that nothing has. @returns the path */
export async function setAside(part: string, wished: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const path = count === 1 ? wished : `${wished}-${count}`;
    const isTaken = await lstat(path).then(
      () => true,
      () => false,
    );
    if (isTaken) continue;
    await rename(part, path);
    return path;
  }
}

/** A second name fails where there is one already, renaming does not; some file systems have no second names. */
async function moveToFree(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
    await unlink(part);
    return;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw takenError(path);
  }
  const isTaken = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isTaken) throw takenError(path);
  await rename(part, path);
}

/** The failure that other bytes of the same name end with. */
export function takenError(path: string): DownloadError {
  return new DownloadError(
    'target',
    `${path} exists with different content: choose another name with -o, or give --overwrite.`,
  );
}
