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

/** Formats the exact number of bytes with digit grouping; null if `formatSize` already is exact. */
export function formatExactBytes(bytes: number, locale: string): string | null {
  return bytes < 1024 ? null : new Intl.NumberFormat(locale).format(bytes);
}

/** Formats seconds as `9:05` or `1:00:00`; negative values become zero. */
export function formatCountdown(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds));
  const pad = (part: number): string => String(part).padStart(2, '0');
  const hours = Math.floor(left / 3600);
  const minutes = Math.floor((left % 3600) / 60);
  const tail = pad(left % 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${tail}` : `${minutes}:${tail}`;
}

/** Formats an instant in the browser's time zone, to the second, by a 24-hour clock. */
export function formatTime(moment: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'medium',
    hourCycle: 'h23',
  }).format(new Date(moment));
}

/** The browser's time zone, for example `Asia/Shanghai (GMT+8)`. */
export function zoneName(locale: string, at: Date): string {
  const format = new Intl.DateTimeFormat(locale, { timeZoneName: 'shortOffset' });
  const offset = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value;
  const { timeZone } = format.resolvedOptions();
  return offset === undefined || offset === timeZone ? timeZone : `${timeZone} (${offset})`;
}

/** Reads a `datetime-local` value in the browser's time zone as an instant; null if empty. */
export function momentOfInput(value: string): string | null {
  const time = Date.parse(value); // Without a zone, a date with a time is local.
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/** Formats an instant as a `datetime-local` value, to the minute. */
export function inputOfMoment(moment: string | undefined): string {
  if (moment === undefined) return '';
  const at = new Date(moment);
  const pad = (part: number): string => String(part).padStart(2, '0');
  const date = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${date}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}
