import type { Interval } from './intervals.js';

const MIB = 2 ** 20;
/** Below this a second connection costs more than it brings. */
const WORTH_PARALLEL = 8 * MIB;
const DEFAULT_PARALLEL = 4;
const SMALLEST = 8 * MIB;
const LARGEST = 1024 * MIB;
/** Requests that a file of middle size takes. */
const PIECES = 64;

/** How many ranges to fetch at a time. @param wished what the person asked for */
export function parallelOf(wished: number | null, size: number | null): number {
  const parallel = wished ?? (size === null || size < WORTH_PARALLEL ? 1 : DEFAULT_PARALLEL);
  // A range has one byte or more.
  return Math.max(1, Math.min(parallel, size ?? parallel));
}

/**
 * Cuts what is missing of a file into the ranges to ask for, in order. Several at a time get small ones,
 * one after the other from the front: so the file grows from its beginning, with holes no larger than
 * what is under way, and what is whole can be read again while the rest comes.
 */
export function toSegments(
  missing: readonly Interval[],
  size: number,
  parallel: number,
): Interval[] {
  if (parallel === 1) return [...missing];
  const wished = Math.min(LARGEST, Math.max(SMALLEST, Math.ceil(size / PIECES)));
  const length = Math.min(wished, Math.ceil(size / parallel));
  return missing.flatMap((gap) => pieces(gap, length));
}

function pieces({ start, end }: Interval, length: number): Interval[] {
  const count = Math.ceil((end - start) / length);
  return Array.from({ length: count }, (_, i) => ({
    start: start + i * length,
    end: Math.min(end, start + (i + 1) * length),
  }));
}
