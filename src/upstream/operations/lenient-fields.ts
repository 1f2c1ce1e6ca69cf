import type { BackupFile } from '../../domain/backup.js';
import type { RowReading } from './page.js';
import type { Unreadable } from './unreadable.js';

/** Text; null where it is absent, empty or of another type. */
export function lenientText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** One of the upstream's words, in any case, as our name for it; null for a word of its future. */
export function lenientWord<Name extends string>(
  value: unknown,
  names: Readonly<Record<string, Name>>,
): Name | null {
  const key = lenientText(value)?.toLowerCase() ?? '';
  return Object.hasOwn(names, key) ? (names[key] ?? null) : null;
}

/** Bytes as a number or in decimal digits; null for what is no exact count. */
export function lenientSize(value: unknown, name: string, unreadable: Unreadable): number | null {
  const size = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size;
  if (!isNothing(value)) unreadable.addValue(`${name} is no size`);
  return null;
}

/** A moment; null for what is none. */
export function lenientTime(
  value: unknown,
  name: string,
  { readTime, unreadable }: RowReading,
): Date | null {
  const time = readTime(value);
  if (time === null && !isNothing(value) && !isZeroTime(value)) {
    unreadable.addValue(`${name} is no time`);
  }
  return time;
}

/**
 * The files of a backup by their names; what is no usable name is left out.
 * @param sizes in the order of the names, where the upstream tells them
 */
export function lenientFiles(
  names: unknown,
  sizes: unknown,
  unreadable: Unreadable,
): readonly BackupFile[] {
  if (!Array.isArray(names)) {
    if (!isNothing(names)) unreadable.addValue('backupFiles is no list');
    return [];
  }
  const told: readonly unknown[] = Array.isArray(sizes) ? sizes : [];
  const files: BackupFile[] = [];
  for (const [index, name] of names.entries()) {
    if (isFileName(name)) {
      const sizeBytes = lenientSize(told[index], 'backupFileSizeByte', unreadable);
      files.push({ name, sizeBytes });
    } else {
      unreadable.addValue('backupFiles has what is no name of a file');
    }
  }
  return files;
}

/** The upstream leaves out what it does not know, or says null or the empty string. */
function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** `0000-00-00 00:00:00`, which stands for no time. */
function isZeroTime(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('0000-00-00');
}

/** Whether this can name a file: a lone surrogate has no UTF-8 form, so it could not be asked for. */
export function isFileName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && !/\p{Surrogate}/u.test(name);
}
