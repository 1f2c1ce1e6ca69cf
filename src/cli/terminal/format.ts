const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes for people: three digits, as `1.46 GiB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be rounded to 1024 belongs to the next unit.
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

/** A size in a table. */
export function sizeCell({ sizeBytes }: { readonly sizeBytes: number | null }): string | null {
  return sizeBytes === null ? null : formatSize(sizeBytes);
}

/** A time in a table, as `2026-11-25 01:00:00Z`. */
export function timeCell(text: string | null): string | null {
  return text?.replace('T', ' ').replace(/\.\d{1,9}Z$/, 'Z') ?? null;
}

/** Seconds for people, as `1 h 30 min`. */
export function formatDuration(seconds: number): string {
  const parts: (readonly [number, string])[] = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'min'],
    [Math.floor(seconds % 60), 's'],
  ];
  const shown = parts.filter(([count]) => count > 0);
  return shown.length === 0 ? '0 s' : shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}
