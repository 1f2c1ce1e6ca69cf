import parseRange from 'range-parser';

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
  if (header === undefined || !header.startsWith('bytes=') || header.includes(',')) return 'whole';
  // range-parser rejects a suffix longer than the file; in RFC 9110 it means the whole file.
  const suffix = Number(/^bytes=-(\d+)$/.exec(header)?.[1] ?? 0);
  if (suffix > size && size > 0) return { start: 0, end: size - 1 };
  const ranges = parseRange(size, header);
  if (ranges === -1) return 'unsatisfiable';
  const [range] = ranges === -2 ? [] : ranges;
  return range ?? 'whole';
}
