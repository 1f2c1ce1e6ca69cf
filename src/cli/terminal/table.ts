import stringWidth from 'string-width';
import { safeText } from './safe-text.js';

export interface Column<Row> {
  readonly title: string;
  /** null where there is nothing to show. */
  readonly cell: (row: Row) => string | null;
  readonly align?: 'right';
}

const GAP = '  ';
const NOTHING = '-';

/**
 * A table for people: a line of titles, then a line for each row. Columns are as wide as their widest cell,
 * where a wide character takes two places. Each line ends with a newline.
 */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ cell }) => toCell(cell(row)))),
  ];
  const widths = columns.map((_, i) =>
    lines.reduce((widest, cells) => Math.max(widest, stringWidth(cells[i] ?? '')), 0),
  );
  const toLine = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const padding = ' '.repeat((widths[i] ?? 0) - stringWidth(cell));
        return columns[i]?.align === 'right' ? padding + cell : cell + padding;
      })
      .join(GAP)
      .trimEnd();
  return lines.map((cells) => `${toLine(cells)}\n`).join('');
}

function toCell(text: string | null): string {
  return text === null || text === '' ? NOTHING : safeText(text);
}
