import { type BackupType, ENGINES } from './engines.js';

const TYPE_BY_SUFFIX: ReadonlyMap<string, BackupType> = new Map(
  Object.values(ENGINES).flatMap(({ traits }) => Object.entries(traits.suffixes)),
);

/**
 * The database in a SQL Server file: the file name without its last extension (`shop.v2.bak`
 * contains `shop.v2`). A name that is only an extension is kept whole.
 */
export function databaseNameOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  return dot > 0 ? fileName.slice(0, dot) : fileName;
}

/**
 * The backup type by file extension (`.bak` is FULL, `.diff` is INCREMENTAL); null for any other.
 */
export function fileTypeOf(fileName: string): BackupType | null {
  return TYPE_BY_SUFFIX.get(fileName.slice(databaseNameOf(fileName).length)) ?? null;
}
