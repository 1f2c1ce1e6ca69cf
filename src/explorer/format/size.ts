const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Formats bytes with at most three digits: `1.5 GiB`. */
export function formatSize(bytes: number, locale: string): string {
  let size = bytes;
  let unit = 'B';
  for (const next of UNITS) {
    if (size < 1023.5) break;
    size /= 1024;
    unit = next;
  }
  const digits = size >= 99.95 || unit === 'B' ? 0 : 1;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(size)} ${unit}`;
}

/** Formats the exact number of bytes with digit grouping. */
export function formatExactBytes(bytes: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(bytes);
}
