import stringWidth from 'string-width';
import { escapeUnits, STEERING } from '../../domain/safe-text.js';
import { quoteForShell } from '../../domain/shell-word.js';

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

/** Cuts text to so many columns of a terminal, where a wide character takes two. */
export function cutTo(text: string, width: number): string {
  // Names of others may have any length; longer text is wider, whatever its characters.
  const start = text.slice(0, 4 * Math.max(0, width) + 64);
  if (start === text && stringWidth(text) <= width) return text;
  let cut = '';
  let left = width - 1;
  for (const { segment } of new Intl.Segmenter().segment(start)) {
    left -= stringWidth(segment);
    if (left < 0) break;
    cut += segment;
  }
  return width < 2 ? '' : `${cut}…`;
}

/** The first names of a list, and how many more there are. */
export function listed(names: readonly string[], most = 10): string {
  const rest = names.length - most;
  return names.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** A value as one line of JSON that is safe to show, and loses nothing. */
export function toJsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(STEERING, escapeUnits)}\n`;
}

/** What no shell reads anything into. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./][A-Za-z0-9_@%+=:,./-]*$/;

/** Text as one word of a command that a person may copy. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : quoteForShell(text);
}
