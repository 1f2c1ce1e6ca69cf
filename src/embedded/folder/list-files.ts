import { isUtf8 } from 'node:buffer';
import { type Dirent, lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { sep } from 'node:path';
import { hasCode } from '../../domain/error-code.js';
import { isBackupFileName, isSystemFolder } from '../catalogue/backup-file-name.js';
import { versionOf } from '../catalogue/checksums.js';
import type { StoredFile } from '../catalogue/stored-file.js';

/** What stands in the folder of a backup's files, by name. */
export interface FoundFiles {
  /** Regular files. Names are kept byte for byte, in whatever Unicode form they have. */
  readonly files: readonly StoredFile[];
  /** Names of what no link can lead to: symbolic links, folders, devices, names that are not UTF-8. */
  readonly unavailable: readonly string[];
}

/** What Node reads in place of each byte of a name that is not UTF-8; such a name leads nowhere. */
const REPLACEMENT = '\uFFFD';

/** Empty if there is no such folder. @throws an error of the file system */
export function listFiles(folder: string): FoundFiles {
  const files: StoredFile[] = [];
  const unavailable: string[] = [];
  let hasUnreadableNames = false;
  for (const entry of entriesOf(folder).filter(mayBeOfBackup).sort(byName)) {
    const { name } = entry;
    const file = entry.isFile() ? fileAt(folder, name) : undefined;
    if (file) files.push(file);
    else if (file === undefined) unavailable.push(name);
    // Removed since it was listed, or of another name than the one that was read.
    else hasUnreadableNames ||= name.includes(REPLACEMENT);
  }
  if (hasUnreadableNames) unavailable.push(...namesNotInUtf8(folder));
  return { files, unavailable };
}

/** One file of a folder: null if it is missing, undefined if it is not a regular file or out of reach. */
export function fileAt(folder: string, name: string): StoredFile | null | undefined {
  const stats = statsOf(`${folder}${sep}${name}`);
  if (!stats?.isFile()) return stats === null ? null : undefined;
  const { size, mtimeMs } = stats;
  return {
    name,
    size: Number(size),
    modifiedAt: new Date(Number(mtimeMs)),
    version: versionOf(stats),
  };
}

/** Names of the real folders (no links) in a folder; none if it is missing. @throws any other error */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(noneIfMissing);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** None if the folder is missing. @throws any other error of the file system */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    return noneIfMissing(error);
  }
}

function noneIfMissing(error: unknown): [] {
  if (hasCode(error, 'ENOENT')) return [];
  throw error;
}

function statsOf(path: string): BigIntStats | null | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch {
    return undefined;
  }
}

function mayBeOfBackup(entry: Dirent): boolean {
  return isBackupFileName(entry.name) && !(entry.isDirectory() && isSystemFolder(entry.name));
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}

/** Such as those of Windows in GBK, each byte beyond ASCII as `\xB6`. */
function namesNotInUtf8(folder: string): string[] {
  const names = readdirSync(folder, { encoding: 'buffer' });
  return names.filter((name) => !isUtf8(name)).map(escaped);
}

function escaped(name: Buffer): string {
  return [...name]
    .map((byte) =>
      byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase()}`,
    )
    .join('');
}
