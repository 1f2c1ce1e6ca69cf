/** A Markdown table; the first column left-aligned, numbers right-aligned. */
export function table(head, rows) {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => row[column].length)),
  );
  const line = (cells) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

export function number(value) {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

/** A table of `measure` rows; the last column is the speedup of the product (the first row). */
export function ratesTable(rows) {
  const [product] = rows;
  return table(
    ['', 'answers/s', 'median ms', 'CPU ms', 'upstream calls', 'product is'],
    rows.map(({ name, perSecond, ms, cpuMs, calls }) => [
      name,
      number(perSecond),
      number(ms),
      number(cpuMs),
      number(calls),
      `${(product.perSecond / perSecond).toFixed(2)} x`,
    ]),
  );
}
