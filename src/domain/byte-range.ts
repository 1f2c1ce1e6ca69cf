/** A byte range, both ends inclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * `whole` if the Range header is absent, malformed or has several ranges; a full response is always
 * allowed.
 */
export type RangeChoice = ByteRange | 'whole' | 'unsatisfiable';

/** Resolves a Range header for a file of `size` bytes (RFC 9110, section 14.2). */
export function chooseRange(header: string | undefined, size: number): RangeChoice {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return 'whole';
  const isSuffix = first === '';
  // A suffix longer than the file means the whole file.
  const start = isSuffix ? Math.max(0, size - Number(last)) : Number(first);
  const end = isSuffix || last === '' ? Infinity : Number(last);
  if (end < start) return 'whole';
  return start < size ? { start, end: Math.min(end, size - 1) } : 'unsatisfiable';
}

/** The Content-Range header of a 206 response (RFC 9110, section 14.4). */
export function formatContentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end}/${size}`;
}

/** A Content-Range header; `size` is null if the sender does not know it. */
export interface ContentRange extends ByteRange {
  readonly size: number | null;
}

/** Parses the Content-Range header of a 206 response; null if absent, malformed or contradictory. */
export function parseContentRange(header: string | null | undefined): ContentRange | null {
  const [, first, last, total] = /^bytes +(\d+)-(\d+)\/(\d+|\*)$/i.exec(header?.trim() ?? '') ?? [];
  const [start, end] = [toCount(first), toCount(last)];
  const size = total === '*' ? null : toCount(total);
  if (Number.isNaN(start) || !(end >= start)) return null;
  return size === null || size > end ? { start, end, size } : null;
}

/** The file size in the Content-Range header of a 416 response; null if absent or malformed. */
export function parseUnsatisfiedRange(header: string | null | undefined): number | null {
  const size = toCount(/^bytes +\*\/(\d+)$/i.exec(header?.trim() ?? '')?.[1]);
  return Number.isNaN(size) ? null : size;
}

/** Parses digits, for example of Content-Length; NaN for anything a number cannot hold exactly. */
export function toCount(digits: string | null | undefined): number {
  const count = /^\d+$/.test(digits ?? '') ? Number(digits) : NaN;
  return Number.isSafeInteger(count) ? count : NaN;
}
