import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, readdir, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../error-code.js';

/** One regular file of a backup. */
export interface StoredFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
}

/** A file that was opened once: its facts belong to the bytes that are read from it. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly stats: BigIntStats;
}

/**
 * The regular files of a folder, sorted by name. No links, no folders. Names are kept byte for byte, in
 * whatever Unicode form they have. Empty where there is no such folder.
 */
export async function listStoredFiles(folder: string): Promise<StoredFile[]> {
  const names = (await namesIn(folder, 'file')).sort();
  const files: StoredFile[] = [];
  for (const name of names) {
    const stats = await lstat(join(folder, name)).catch(() => undefined);
    if (stats?.isFile()) files.push({ name, size: stats.size, modifiedAt: stats.mtime });
  }
  return files;
}

/**
 * Names of the real folders (no links) or the regular files in a folder; none where it is missing or
 * not ours to read. Any other failure, as too many open files, must not look like an empty folder.
 */
export async function namesIn(folder: string, kind: 'folder' | 'file'): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  });
  return entries
    .filter((entry) => (kind === 'folder' ? entry.isDirectory() : entry.isFile()))
    .map(({ name }) => name);
}

/**
 * Opens the file `name` of `folder`, where the folder lists it and no link stands anywhere on its
 * path; else null. `folder` lies below the real path of the root. The caller closes the handle.
 */
export async function openStoredFile(folder: string, name: string): Promise<OpenFile | null> {
  if (!(await namesIn(folder, 'file')).includes(name)) return null;
  const path = join(folder, name);
  const handle = await openUnlinked(path);
  if (handle === null) return null;
  const stats = await handle.stat({ bigint: true });
  if (stats.isFile()) return { handle, stats };
  await handle.close();
  return null;
}

async function openUnlinked(path: string): Promise<FileHandle | null> {
  try {
    if ((await realpath(path)) !== path) return null;
    // Not waiting: it may have become a pipe since it was listed.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    // Gone, or turned into a link, since it was listed.
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return null;
    throw error;
  }
}
