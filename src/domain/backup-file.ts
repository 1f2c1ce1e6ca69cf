import type { BackupType } from './backup.js';
import { ENGINES } from './engines.js';

const TYPE_BY_SUFFIX: ReadonlyMap<string, BackupType> = new Map(
  Object.values(ENGINES).flatMap(({ traits }) => Object.entries(traits.suffixes)),
);

/**
 * The database a SQL Server file holds: the file name without its last suffix (`shop.v2.bak` is of
 * `shop.v2`). A name that is nothing but a suffix is kept whole.
 */
export function databaseNameOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  return dot > 0 ? fileName.slice(0, dot) : fileName;
}

/** By the suffixes of the engines (FULL for `.bak`, INCREMENTAL for `.diff`), null for any other. */
export function fileTypeOf(fileName: string): BackupType | null {
  return TYPE_BY_SUFFIX.get(fileName.slice(databaseNameOf(fileName).length)) ?? null;
}
