import { constants, lstat, readdir, type BigIntStats, type Dirent } from 'node:fs';
import { open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { hasCode } from '../../../domain/error-code.js';
import { namesNotInUtf8, REPLACEMENT } from './names-not-in-utf8.js';
import { isBackupFileName, isSystemFolder } from '../backup-file-name.js';
import { versionOf } from '../checksums.js';
import type { StoredFile } from '../stored-file.js';

/** A file that was opened once: its facts belong to the bytes that are read from it. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly stats: BigIntStats;
}

/** Opens a path; that of Node, but for tests. */
export type OpenPath = (path: string, flags: number) => Promise<FileHandle>;

/** What stands in the folder of a backup's files, sorted by name. */
export interface FoundFiles {
  /** Regular files. Names are kept byte for byte, in whatever Unicode form they have. */
  readonly files: readonly StoredFile[];
  /** Names of what no link can lead to: symbolic links, folders, devices, names that are not UTF-8. */
  readonly unavailable: readonly string[];
}

/** Empty where there is no such folder. */
export async function listStoredFiles(folder: string): Promise<FoundFiles> {
  const entries = await entriesOf(folder).catch(noneIfMissing);
  const files: StoredFile[] = [];
  const unavailable: string[] = [];
  let hasUnreadableNames = false;
  for (const { name } of entries.filter((one) => mayBeOfBackup(one)).sort(byName)) {
    const stats = await statsOf(`${folder}${sep}${name}`).catch((error: unknown) =>
      hasCode(error, 'ENOENT') ? null : undefined,
    );
    // Removed since it was listed, or of a name that was read with replacements for bytes.
    if (stats === null) hasUnreadableNames ||= name.includes(REPLACEMENT);
    else if (!stats?.isFile()) unavailable.push(name);
    else {
      const version = versionOf(stats);
      files.push({ name, size: Number(stats.size), modifiedAt: stats.mtime, version });
    }
  }
  if (hasUnreadableNames) unavailable.push(...(await namesNotInUtf8(folder)));
  return { files, unavailable };
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}

function mayBeOfBackup(entry: Dirent): boolean {
  return isBackupFileName(entry.name) && !(entry.isDirectory() && isSystemFolder(entry.name));
}

/** Whether files that were listed are as they were: none is gone, and none has another content. */
export async function areUnchanged(folder: string, files: readonly StoredFile[]): Promise<boolean> {
  for (const { name, version } of files) {
    const stats = await statsOf(`${folder}${sep}${name}`).catch(() => undefined);
    if (!stats?.isFile() || versionOf(stats) !== version) return false;
  }
  return true;
}

/**
 * Names of the real folders (no links) in a folder; none where that is missing. Any other failure, as a
 * folder that may not be read or too many open files, must not look like an empty folder.
 */
export function foldersIn(folder: string): Promise<string[]> {
  return foldersOf(folder).catch(noneIfMissing);
}

/** The same of a folder that must be there. */
export async function foldersOf(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Names of the regular files in a folder that may be of a backup. */
async function fileNamesIn(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder).catch(noneIfMissing);
  return entries
    .filter((entry) => entry.isFile() && isBackupFileName(entry.name))
    .map(({ name }) => name);
}

// The forms with a callback take half the processor time of those with a promise: a first start makes 100,000s of
// these calls.

function entriesOf(folder: string): Promise<Dirent[]> {
  return new Promise((resolve, reject) => {
    readdir(folder, { withFileTypes: true }, (error, entries) => {
      if (error) reject(error);
      else resolve(entries);
    });
  });
}

/** Of the path itself, if it is a link. */
function statsOf(path: string): Promise<BigIntStats> {
  return new Promise((resolve, reject) => {
    lstat(path, { bigint: true }, (error, stats) => {
      if (error) reject(error);
      else resolve(stats);
    });
  });
}

function noneIfMissing(error: unknown): [] {
  if (hasCode(error, 'ENOENT')) return [];
  throw error;
}

/**
 * Opens the file `name` of `folder`, where the folder lists it and no link stands anywhere on its
 * path; else null. `folder` lies below the real path of the root. The caller closes the handle.
 * @throws an error of the file system where the file is there and cannot be opened
 */
export async function openStoredFile(
  folder: string,
  name: string,
  openPath: OpenPath = open,
): Promise<OpenFile | null> {
  const path = join(folder, name);
  try {
    if (!(await fileNamesIn(folder)).includes(name) || (await realpath(path)) !== path) return null;
    // Not waiting: it may have become a pipe since it was listed.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    return await checked(await openPath(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), path);
  } catch (error) {
    // Gone, or turned into a link, a folder or a socket, since it was listed.
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO')) return null;
    throw error;
  }
}

/**
 * The path was checked before, and a folder on it may have been swapped for a link just then: what was
 * opened must be what the path names.
 */
async function checked(handle: FileHandle, path: string): Promise<OpenFile | null> {
  try {
    const stats = await handle.stat({ bigint: true });
    if (stats.isFile() && (await isAt(handle, stats, path))) return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

async function isAt({ fd }: FileHandle, stats: BigIntStats, path: string): Promise<boolean> {
  // The kernel of Linux knows where an open file is, whatever its path leads to by now.
  const real = await readlink(`/proc/self/fd/${fd}`).catch(() => null);
  if (real !== null) return real === path;
  const named = await statsOf(path);
  return named.ino === stats.ino && named.dev === stats.dev && (await realpath(path)) === path;
}
