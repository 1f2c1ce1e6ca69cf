import { link, lstat, rename, rm, unlink, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DownloadError } from '../download-error.js';
import { syncFolder } from './state-file.js';
import { hasCode } from '../../../domain/error-code.js';
import { toTargetError } from './target-error.js';

/**
 * Gives a whole file its name. Without `overwrite` a file that has come there meanwhile stays.
 * @param modified time of the file at the store, which tells a later run that it is the same
 * @throws DownloadError 'target'
 */
export async function placeWhole(
  part: string,
  path: string,
  { overwrite, modified }: { readonly overwrite: boolean; readonly modified: Date | null },
): Promise<void> {
  try {
    // Some file systems keep no times.
    if (modified !== null) await utimes(part, modified, modified).catch(() => undefined);
    if (overwrite) await rename(part, path);
    else await moveToFree(part, path);
  } catch (error) {
    throw toTargetError(error, path);
  }
  await syncFolder(dirname(path));
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

export async function removePart(part: string): Promise<void> {
  await rm(part, { force: true });
}
