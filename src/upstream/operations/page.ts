import { z } from 'zod';

/** Rows of one page; the largest page the upstream gives. */
export const PAGE_SIZE = 100;

/** The rows of a list as they came; a list without rows may be null or absent. */
export const rowsOfPage = z
  .array(z.unknown())
  .nullish()
  .transform((rows) => rows ?? []);

export const totalCountOfPage = z.int().nonnegative();

/** Reads row by row: one that cannot be read costs itself, not the page. */
export function readRows<Row>(schema: z.ZodType<Row>, rows: readonly unknown[]): Row[] {
  return rows.flatMap((row) => {
    const { data } = schema.safeParse(row);
    return data === undefined ? [] : [data];
  });
}
