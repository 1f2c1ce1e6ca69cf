import parseRange from 'range-parser';

/** Bytes to send, both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** `whole`: no Range, one that is malformed, or several; answering in full is always allowed then. */
export type RangeChoice = ByteRange | 'whole' | 'unsatisfiable';

/** What a Range header asks of a file of `size` bytes (RFC 9110, 14.2). */
export function chooseRange(header: string | undefined, size: number): RangeChoice {
  if (header === undefined || !header.startsWith('bytes=') || header.includes(',')) return 'whole';
  // range-parser refuses a suffix longer than the file; RFC 9110 means the whole file by it.
  const suffix = Number(/^bytes=-(\d+)$/.exec(header)?.[1] ?? 0);
  if (suffix > size && size > 0) return { start: 0, end: size - 1 };
  const ranges = parseRange(size, header);
  if (ranges === -1) return 'unsatisfiable';
  const [range] = ranges === -2 ? [] : ranges;
  return range ?? 'whole';
}
