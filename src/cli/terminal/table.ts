import stringWidth from 'string-width';
import { safeText } from '../../domain/safe-text.js';
import type { Context } from '../command.js';
import { cutTo, formatSize, toJsonLine } from './text.js';

export interface Column<Row> {
  readonly title: string;
  /** null where there is nothing to show. */
  readonly cell: (row: Row) => string | null;
  readonly align?: 'right';
  /** Cut or left out where a terminal is too narrow. */
  readonly isOptional?: true;
}

/** A size in a table. */
export function sizeCell({ sizeBytes }: { readonly sizeBytes: number | null }): string | null {
  return sizeBytes === null ? null : formatSize(sizeBytes);
}

/** A time for people, as `2026-11-25 01:00:00Z`. */
export function timeCell(text: string | null): string | null {
  return text?.replace('T', ' ').replace(/\.\d{1,9}Z$/, 'Z') ?? null;
}

/** How many files of its own a backup has, and how many of them are there if that is not all. */
export function filesCell(count: number, missing: number): string | null {
  if (count === 0) return null;
  return missing === 0 ? String(count) : `${count - missing} of ${count}`;
}

export interface RowsOptions<Row> {
  readonly columns: readonly Column<Row>[];
  readonly limit?: number;
  /** One object a line instead of a table. */
  readonly json?: boolean | undefined;
}

/**
 * Prints rows page by page and asks for no page that the limit leaves out. A table waits for its last row,
 * to know how wide it is. Where reading fails, what came before is printed.
 * @returns the number of rows; if there is none, the caller says so
 */
export async function printRows<Row>(
  pages: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>,
  { columns, limit = Infinity, json = false }: RowsOptions<Row>,
  { stdout }: Pick<Context, 'stdout'>,
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
  return count;
}

const GAP = '  ';
/** A column cut to less says nothing. */
const NARROWEST = 8;

/**
 * A line of titles, then a line for each row. Columns are as wide as their widest cell; optional ones give way, the
 * last first. Each line ends with a newline.
 * @param width columns of the terminal
 */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width = Infinity,
): string {
  const drawn = fit(
    columns.map((column) => toDrawn(column, rows)),
    width,
  );
  return Array.from({ length: rows.length + 1 }, (_, line) => {
    const text = drawn.map((column) => {
      const cell = cutTo(column.cells[line] ?? '', column.width);
      const padding = ' '.repeat(Math.max(0, column.width - stringWidth(cell)));
      return column.align === 'right' ? padding + cell : cell + padding;
    });
    return `${text.join(GAP).trimEnd()}\n`;
  }).join('');
}

interface Drawn extends Pick<Column<never>, 'align' | 'isOptional'> {
  /** The title first. */
  readonly cells: readonly string[];
  readonly width: number;
}

function toDrawn<Row>(column: Column<Row>, rows: readonly Row[]): Drawn {
  const cells = [column.title, ...rows.map((row) => safeText(column.cell(row) || '-'))];
  const width = cells.reduce((widest, text) => Math.max(widest, stringWidth(text)), 0);
  return { ...column, cells, width };
}

function fit(columns: readonly Drawn[], width: number): readonly Drawn[] {
  const total = columns.reduce((sum, column) => sum + column.width, 0);
  const excess = total + GAP.length * (columns.length - 1) - width;
  const at = columns.findLastIndex(({ isOptional }) => isOptional === true);
  const column = columns[at];
  if (excess <= 0 || column === undefined) return columns;
  const left = column.width - excess;
  if (left >= NARROWEST) return columns.with(at, { ...column, width: left });
  return fit(columns.toSpliced(at, 1), width);
}
