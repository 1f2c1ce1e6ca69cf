import { constants, lstatSync, type BigIntStats } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { codeOf, hasCode } from '../../domain/error-code.js';
import type { BackupKey } from '../../domain/ids.js';
import { isBackupFileName } from '../catalogue/backup-file-name.js';
import type { ReportFinding } from '../catalogue/findings.js';
import { ApiError } from '../api/api-error.js';

/** A file that was opened once: its facts belong to the bytes that are read from it. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly stats: BigIntStats;
}

/** Opens a path; that of Node, but for tests. */
export type OpenPath = (path: string, flags: number) => Promise<FileHandle>;

/**
 * Opens files of backups, whatever is known of them. Null if the folder has no such file.
 * @param rootOf returns the real path of the folder
 * @throws ApiError 403 FILE_NOT_READABLE, 503 UNAVAILABLE
 */
export function createFileOpener(
  rootOf: () => string,
  report: ReportFinding,
  openPath: OpenPath = open,
) {
  return async (key: BackupKey, fileName: string): Promise<OpenFile | null> => {
    const root = rootOf();
    const path = join(root, key.regionId, key.instanceId, key.backupId, 'files', fileName);
    try {
      const isName = isBackupFileName(fileName) && basename(path) === fileName;
      const file = isName ? await openFile(path, openPath) : null;
      report('openFile', path, null);
      return file;
    } catch (error) {
      report('openFile', path, { file: relative(root, path), code: codeOf(error) });
      if (hasCode(error, 'EACCES', 'EPERM')) throw unreadable();
      if (hasCode(error, 'EMFILE', 'ENFILE')) throw tooManyOpen();
      throw error;
    }
  };
}

/**
 * Null if the path is not that of a regular file, or a link stands anywhere on it.
 * @throws an error of the file system if the file is there and cannot be opened
 */
async function openFile(path: string, openPath: OpenPath): Promise<OpenFile | null> {
  try {
    if ((await realpath(path)) !== path) return null;
    // Not waiting: it may have become a pipe since.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    return await checked(await openPath(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), path);
  } catch (error) {
    // Missing, or turned into a link, a folder or a socket since it was listed.
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO')) return null;
    throw error;
  }
}

/** A folder on the path may have been swapped for a link just then: what was opened must be what the path names. */
async function checked(handle: FileHandle, path: string): Promise<OpenFile | null> {
  try {
    const stats = await handle.stat({ bigint: true });
    const named = lstatSync(path, { bigint: true });
    const isNamed = named.ino === stats.ino && named.dev === stats.dev;
    if (stats.isFile() && isNamed && (await realpath(path)) === path) return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

function unreadable(): ApiError {
  const message =
    'The server may not read this file; contact its operator. A new link does not help.';
  return new ApiError(403, 'FILE_NOT_READABLE', message);
}

function tooManyOpen(): ApiError {
  return new ApiError(503, 'UNAVAILABLE', 'Too many files are open.');
}
