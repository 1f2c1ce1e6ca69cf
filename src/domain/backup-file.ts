import type { BackupType } from './backup.js';

const TYPE_BY_SUFFIX: Readonly<Record<string, BackupType>> = {
  '.bak': 'FULL',
  '.diff': 'INCREMENTAL',
};

/**
 * The database a SQL Server file holds: the file name without its last suffix (`shop.v2.bak` is of
 * `shop.v2`). A name that is nothing but a suffix is kept whole.
 */
export function databaseNameOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  return dot > 0 ? fileName.slice(0, dot) : fileName;
}

/** FULL for `.bak`, INCREMENTAL for `.diff`, null for any other suffix. */
export function fileTypeOf(fileName: string): BackupType | null {
  return TYPE_BY_SUFFIX[fileName.slice(databaseNameOf(fileName).length)] ?? null;
}
