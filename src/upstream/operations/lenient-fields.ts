import { z } from 'zod';
import { isFileName } from './file-name.js';

/** Text; null where it is absent, empty or of another type. */
export const lenientText = z.string().min(1).nullable().catch(null);

/** One of the upstream's words, in any case, as our name for it; null for a word of its future. */
export function lenientWord<Name extends string>(names: Readonly<Record<string, Name>>) {
  return lenientText.transform((word) => {
    const key = word?.toLowerCase() ?? '';
    return Object.hasOwn(names, key) ? (names[key] ?? null) : null;
  });
}

/** Bytes as a number or in decimal digits; null for what is no exact count. */
export const lenientSize = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .nullable()
  .refine((size) => size === null || (Number.isSafeInteger(size) && size >= 0))
  .catch(null);

/** File names in a list; what is no usable name is left out. */
export const lenientFileNames = z
  .array(z.unknown())
  .catch([])
  .transform((names) => names.filter(isFileName));
