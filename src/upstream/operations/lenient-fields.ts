import type { BackupFile } from '../../domain/backup.js';
import type { RowReading } from './page.js';
import type { Unreadable } from './unreadable.js';

/** Reads a text; null if absent, empty or of another type. */
export function lenientText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Maps an upstream word, case-insensitive, to our name; null if unknown. */
export function lenientWord<Name extends string>(
  value: unknown,
  names: Readonly<Record<string, Name>>,
): Name | null {
  const key = lenientText(value)?.toLowerCase() ?? '';
  return Object.hasOwn(names, key) ? (names[key] ?? null) : null;
}

/** Reads a size in bytes, as a number or decimal digits; null if not exact. */
export function lenientSize(value: unknown, name: string, unreadable: Unreadable): number | null {
  const size = toSize(value);
  if (size === null && !isNothing(value)) unreadable.addValue(`${name} is not a size`);
  return size;
}

/** A number of bytes, as a number or decimal digits; null if not exact. */
export function toSize(value: unknown): number | null {
  const size = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : null;
}

/** Reads a time; null if invalid. */
export function lenientTime(
  value: unknown,
  name: string,
  { readTime, unreadable }: RowReading,
): Date | null {
  const time = readTime(value);
  if (time === null && !isNothing(value) && !isZeroTime(value)) {
    unreadable.addValue(`${name} is not a time`);
  }
  return time;
}

/**
 * Reads the files of a backup by name, without invalid names.
 * @param sizes in the order of the names, if reported by the upstream
 * @param unavailable the names of those that the store lacks
 */
export function lenientFiles(
  names: unknown,
  sizes: unknown,
  unavailable: ReadonlySet<string>,
  unreadable: Unreadable,
): readonly BackupFile[] {
  if (!Array.isArray(names)) {
    if (!isNothing(names)) unreadable.addValue('backupFiles is not a list');
    return [];
  }
  const given: readonly unknown[] = Array.isArray(sizes) ? sizes : [];
  const files: BackupFile[] = [];
  for (const [index, name] of names.entries()) {
    if (isFileName(name)) {
      const sizeBytes = lenientSize(given[index], 'backupFileSizeByte', unreadable);
      files.push({ name, sizeBytes, available: !unavailable.has(name) });
    } else {
      unreadable.addValue('backupFiles contains an invalid file name');
    }
  }
  return files;
}

/** Reads the distinct names in a list that an upstream may omit. */
export function lenientNames(
  names: unknown,
  field: string,
  unreadable: Unreadable,
): ReadonlySet<string> {
  if (isNothing(names)) return NO_NAMES;
  if (Array.isArray(names) && names.every(isFileName)) return new Set(names);
  unreadable.addValue(`${field} is not a list of file names`);
  return NO_NAMES;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** For unknown values, the upstream omits the field or returns null or an empty string. */
function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** `0000-00-00 00:00:00`, which means no time. */
function isZeroTime(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('0000-00-00');
}

/**
 * Whether a value is a valid file name: a lone surrogate has no UTF-8 form and could not be
 * requested.
 */
export function isFileName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && !/\p{Surrogate}/u.test(name);
}
