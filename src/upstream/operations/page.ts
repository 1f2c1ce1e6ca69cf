import { z } from 'zod';
import type { TimeReader } from '../upstream-time.js';
import type { Unreadable } from './unreadable.js';

/** Rows of one page; the largest page the upstream gives. */
export const PAGE_SIZE = 100;

/** The rows of a list as they came; a list without rows may be null or absent. */
export const rowsOfPage = z
  .array(z.unknown())
  .nullish()
  .transform((rows) => rows ?? []);

/** The largest Int of GraphQL, in which totals are told. */
const MAX_TOTAL = 2_147_483_647;

/** A total; one that is larger than can be told must not cost the rows beside it. */
export const totalCountOfPage = z
  .number()
  .nonnegative()
  .refine(Number.isInteger)
  .transform((total) => Math.min(total, MAX_TOTAL));

/** What the rows of one answer are read with. */
export interface RowReading {
  readonly readTime: TimeReader;
  readonly unreadable: Unreadable;
}

/** A row as it came: any of its fields may be absent or of any type. */
export type UpstreamRow<Name extends string> = { readonly [Field in Name]?: unknown };

/**
 * Reads row by row: one that cannot be read, for which `read` gives null, costs itself, not the page.
 * Rows are read by plain functions: a schema takes twenty times as long, and a page has a hundred.
 */
export function readRows<Row>(
  rows: readonly unknown[],
  read: (row: object) => Row | null,
  unreadable: Unreadable,
): Row[] {
  const values: Row[] = [];
  for (const row of rows) {
    const isObject = typeof row === 'object' && row !== null;
    const value = isObject ? read(row) : unreadable.addRow('a row is no object');
    if (value !== null) values.push(value);
  }
  return values;
}
