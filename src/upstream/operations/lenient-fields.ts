import { isFileName } from './file-name.js';

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
export function lenientSize(value: unknown): number | null {
  const size = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : null;
}

/** File names in a list; what is no usable name is left out. */
export function lenientFileNames(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(isFileName) : [];
}
