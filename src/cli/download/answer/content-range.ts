/** `Content-Range: bytes 0-499/5000`; the end is the byte after the last, the size null for `*`. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  readonly size: number | null;
}

const RANGE = /^bytes\s+(\d+)-(\d+)\/(\d+|\*)$/i;
const UNSATISFIED = /^bytes\s+\*\/(\d+)$/i;

/** Reads the range of a 206 (RFC 9110, 14.4). @returns null for none, or one that makes no sense */
export function parseContentRange(header: string | undefined): ContentRange | null {
  const [, first, last, total] = RANGE.exec(header?.trim() ?? '') ?? [];
  const start = toCount(first);
  const end = toCount(last) + 1;
  const size = total === '*' ? null : toCount(total);
  if (Number.isNaN(start) || Number.isNaN(end) || Number.isNaN(size)) return null;
  if (end <= start || (size !== null && end > size)) return null;
  return { start, end, size };
}

/** Reads the size that a 416 tells. */
export function parseUnsatisfiedRange(header: string | undefined): number | null {
  const size = toCount(UNSATISFIED.exec(header?.trim() ?? '')?.[1]);
  return Number.isNaN(size) ? null : size;
}

/** Reads digits. @returns NaN for anything else, also what a number does not hold exactly */
export function toCount(text: string | undefined): number {
  const count = text !== undefined && /^\d+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(count) ? count : NaN;
}
