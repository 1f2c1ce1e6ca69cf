import { valueOf } from './figures.js';

/**
 * Prints a section as Markdown: its title and its table, or why it was left out.
 * @param section `head`, the titles of the columns, and `rows` of cells: text, numbers, figures with
 *   their spread, or null where there is nothing to say
 */
export function toMarkdown({ title, head, rows, leftOut }) {
  return `### ${title}\n\n${leftOut ? `Left out: ${leftOut}.` : table(head, rows)}`;
}

/** A Markdown table; the first column left-aligned, the others right-aligned. */
function table(head, rows) {
  const lines = [head, ...rows].map((cells) => cells.map(textOf));
  const widths = head.map((_, column) =>
    Math.max(3, ...lines.map((cells) => cells[column].length)),
  );
  const pad = (text, column) =>
    column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]);
  const rule = (width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`);
  const [titles, ...body] = lines.map((cells) => `| ${cells.map(pad).join(' | ')} |`);
  return [titles, `| ${widths.map(rule).join(' | ')} |`, ...body].join('\n');
}

export function number(value) {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

function textOf(cell) {
  if (cell === null || typeof cell === 'string') return cell ?? '';
  const text = number(valueOf(cell));
  const hasSpread = cell.min !== undefined && cell.min < cell.max;
  return hasSpread ? `${text} (${number(cell.min)}–${number(cell.max)})` : text;
}

const RATES = ['', 'answers/s', 'median ms', 'CPU ms', 'lists', 'links', 'product is'];

/**
 * A section of what `measure` returned. `lists` and `links` are upstream calls for an answer, and the
 * last column is the rate of the product, the first row, over that of the row.
 */
export function ratesSection(workload, title, measured) {
  const product = measured[0].perSecond.median;
  const rows = measured.map(({ name, perSecond, ms, cpuMs, lists, links }) => [
    name,
    perSecond,
    ms,
    cpuMs,
    lists,
    links,
    `${(product / perSecond.median).toFixed(2)} x`,
  ]);
  return { workload, title: `${workload}: ${title}`, head: RATES, rows };
}
