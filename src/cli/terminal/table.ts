import stringWidth from 'string-width';
import { cutTo } from './cut-to.js';
import { safeText } from '../../domain/safe-text.js';

export interface Column<Row> {
  readonly title: string;
  /** null where there is nothing to show. */
  readonly cell: (row: Row) => string | null;
  readonly align?: 'right';
  /** Cut or left out where a terminal is too narrow. */
  readonly isOptional?: true;
}

const GAP = '  ';
const NOTHING = '-';
/** A column cut to less says nothing. */
const NARROWEST = 8;

/**
 * A table for people: a line of titles, then a line for each row. Columns are as wide as their widest cell, where a
 * wide character takes two places; optional ones give way, the last first. Each line ends with a newline.
 * @param width places of the terminal
 */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width = Infinity,
): string {
  const all = columns.map((column) => toDrawn(column, rows));
  const drawn = fit(all, width);
  return Array.from({ length: rows.length + 1 }, (_, line) => {
    const text = drawn.map((column) => {
      const cell = cutTo(column.cells[line] ?? '', column.width);
      const padding = ' '.repeat(Math.max(0, column.width - stringWidth(cell)));
      return column.align === 'right' ? padding + cell : cell + padding;
    });
    return `${text.join(GAP).trimEnd()}\n`;
  }).join('');
}

interface Drawn {
  /** The title first. */
  readonly cells: readonly string[];
  readonly width: number;
  readonly align?: 'right' | undefined;
  readonly isOptional?: true | undefined;
}

function toDrawn<Row>(column: Column<Row>, rows: readonly Row[]): Drawn {
  const { title, cell, align, isOptional } = column;
  const cells = [title, ...rows.map((row) => toCell(cell(row)))];
  const width = cells.reduce((widest, text) => Math.max(widest, stringWidth(text)), 0);
  return { cells, width, align, isOptional };
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

function toCell(text: string | null): string {
  return text === null || text === '' ? NOTHING : safeText(text);
}
