/** Bytes from `start` up to, but without, `end`. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** A set of bytes, as intervals in order that do not touch. */
export class Intervals {
  #intervals: readonly Interval[] = [];

  constructor(intervals: Iterable<Interval> = []) {
    for (const interval of intervals) this.add(interval);
  }

  add({ start, end }: Interval): void {
    if (end <= start) return;
    const before = this.#intervals.filter((other) => other.end < start);
    const after = this.#intervals.filter((other) => other.start > end);
    const touched = this.#intervals.slice(before.length, this.#intervals.length - after.length);
    const merged = {
      start: Math.min(start, touched[0]?.start ?? start),
      end: Math.max(end, touched.at(-1)?.end ?? end),
    };
    this.#intervals = [...before, merged, ...after];
  }

  /** Drops what lies at `end` and beyond. */
  cutAt(end: number): void {
    this.#intervals = this.#intervals
      .filter((interval) => interval.start < end)
      .map((interval) => ({ start: interval.start, end: Math.min(interval.end, end) }));
  }

  get total(): number {
    return this.#intervals.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** End of the last byte; 0 for none. */
  get end(): number {
    return this.#intervals.at(-1)?.end ?? 0;
  }

  /** Bytes in one piece from the first byte on. */
  get prefix(): number {
    const first = this.#intervals[0];
    return first?.start === 0 ? first.end : 0;
  }

  /** What is missing of the first `size` bytes, in order. @param also counts as there */
  missing(size: number, also: Interval = { start: 0, end: 0 }): Interval[] {
    const there = new Intervals([...this.#intervals, also, { start: size, end: Infinity }]);
    let position = 0;
    return there.#intervals.flatMap(({ start, end }) => {
      const gap = { start: position, end: start };
      position = end;
      return gap.end > gap.start ? [gap] : [];
    });
  }

  toArray(): readonly Interval[] {
    return this.#intervals;
  }
}
