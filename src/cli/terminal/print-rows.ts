import type { Context } from '../command.js';
import { toJsonLine } from './safe-text.js';
import { formatTable, type Column } from './table.js';

export interface RowsOptions<Row> {
  readonly columns: readonly Column<Row>[];
  readonly limit: number;
  /** One object a line instead of a table. */
  readonly json: boolean;
  /** Told on standard error where there is no row. */
  readonly nothing: string;
}

/**
 * Prints rows page by page and asks for no page that the limit leaves out. A table waits for its last row,
 * to know how wide it is. Where reading fails, what came before is printed.
 * @returns how many rows there were
 */
export async function printRows<Row>(
  pages: AsyncIterable<readonly Row[]>,
  { columns, limit, json, nothing }: RowsOptions<Row>,
  { stdout, say }: Pick<Context, 'stdout' | 'say'>,
): Promise<number> {
  const rows: Row[] = [];
  let count = 0;
  try {
    for await (const page of pages) {
      const wanted = page.slice(0, limit - count);
      count += wanted.length;
      if (json) await stdout.write(wanted.map(toJsonLine).join(''));
      else rows.push(...wanted);
      if (count >= limit) break;
    }
  } finally {
    if (rows.length > 0) await stdout.write(formatTable(columns, rows, stdout.columns?.()));
  }
  if (count === 0) say(nothing);
  return count;
}
