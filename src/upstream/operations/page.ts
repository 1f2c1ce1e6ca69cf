import { z } from 'zod';
import type { TimeReader } from '../upstream-time.js';
import type { Unreadable } from './unreadable.js';

/** Rows per page; the upstream's maximum. */
export const PAGE_SIZE = 100;

/** The raw rows of a list; an empty list can be null or absent. */
export const rowsOfPage = z
  .array(z.unknown())
  .nullish()
  .transform((rows) => rows ?? []);

/** The maximum GraphQL Int, the type of totals. */
const MAX_TOTAL = 2_147_483_647;

/** A total, as a number or decimal digits; an oversized one must not invalidate the rows. */
export const totalCountOfPage = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,20}$/)
      .transform(Number),
  ])
  .pipe(z.number().nonnegative().refine(Number.isInteger))
  .transform((total) => Math.min(total, MAX_TOTAL));

/** How to parse the rows of a response. */
export interface RowReading {
  readonly readTime: TimeReader;
  readonly unreadable: Unreadable;
}

/** A raw row: any field can be absent or of any type. */
export type UpstreamRow<Name extends string> = { readonly [Field in Name]?: unknown };

/**
 * Parses rows individually: an unreadable row, for which `read` returns null, does not invalidate
 * the page. Uses plain functions: a schema takes twenty times as long, and a page has a hundred
 * rows.
 */
export function readRows<Row>(
  rows: readonly unknown[],
  read: (row: object) => Row | null,
  unreadable: Unreadable,
): Row[] {
  const values: Row[] = [];
  for (const row of rows) {
    const isObject = typeof row === 'object' && row !== null;
    const value = isObject ? read(row) : unreadable.addRow('a row is not an object');
    if (value !== null) values.push(value);
  }
  return values;
}
