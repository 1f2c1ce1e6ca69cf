import { isUtf8 } from 'node:buffer';
import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import { sep } from 'node:path';
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

/** @throws an error of the file system */
export function listFiles(folder: string): FoundFiles {
  const files: StoredFile[] = [];
  const unavailable: string[] = [];
  let hasUnreadableNames = false;
  for (const name of readdirSync(folder).filter(isBackupFileName).sort()) {
    const stats = statsOf(`${folder}${sep}${name}`);
    if (stats?.isFile()) files.push(toFile(name, stats));
    // Removed since it was listed, or of another name than the one that was read.
    else if (stats === null) hasUnreadableNames ||= name.includes(REPLACEMENT);
    else if (!stats?.isDirectory() || !isSystemFolder(name)) unavailable.push(name);
  }
  if (hasUnreadableNames) unavailable.push(...namesNotInUtf8(folder));
  return { files, unavailable };
}

/** One file of a folder; undefined if it is missing, not a regular file, or out of reach. */
export function fileAt(folder: string, name: string): StoredFile | undefined {
  const stats = statsOf(`${folder}${sep}${name}`);
  return stats?.isFile() ? toFile(name, stats) : undefined;
}

function toFile(name: string, stats: BigIntStats): StoredFile {
  const { size, mtimeMs } = stats;
  return { name, size: Number(size), modifiedAt: Number(mtimeMs), version: versionOf(stats) };
}

/** Null if nothing is there, undefined if it is out of reach. */
function statsOf(path: string): BigIntStats | null | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch {
    return undefined;
  }
}

/** Such as those of Windows in GBK, each byte beyond ASCII as `\xB6`. */
function namesNotInUtf8(folder: string): string[] {
  const names = readdirSync(folder, { encoding: 'buffer' });
  return names.filter((name) => !isUtf8(name)).map(escaped);
}

function escaped(name: Buffer): string {
  return name
    .toString('latin1')
    .replace(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}
