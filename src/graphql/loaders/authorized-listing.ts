import { findRow, type Listing, type Section } from './listing.js';

/** An empty list that makes no upstream calls. */
export const EMPTY_LISTING: Listing<never> = {
  pageSize: 1,
  // eslint-disable-next-line @typescript-eslint/require-await -- it has the shape of a real list
  async *sections() {
    yield* [];
  },
  find: () => Promise.resolve(null),
  hasRowFrom: () => Promise.resolve(false),
  totalCount: () => Promise.resolve(0),
  isStarted: () => false,
  known: () => undefined,
  pagesLeft: () => 0,
  adopt: () => undefined,
  isReading: () => false,
  settled: () => Promise.resolve(),
};

/**
 * The rows of a list that pass the test. Positions are renumbered, since a cursor would reveal how
 * many rows are hidden. It is therefore read from the start, and to the end for counting.
 */
export function authorizedListing<Row extends { readonly id: string }>(
  listing: Listing<Row>,
  isVisible: (row: Row) => boolean,
): Listing<Row> {
  async function* sections(from = 0): AsyncGenerator<Section<Row>> {
    let start = 0;
    for await (const section of listing.sections()) {
      const rows = section.rows.filter(isVisible);
      const skipped = Math.min(rows.length, Math.max(0, from - start));
      yield { rows: rows.slice(skipped), start: start + skipped };
      start += rows.length;
    }
  }

  return {
    ...listing,
    sections,
    find: (id) => findRow(sections(), id),
    known(id) {
      const row = listing.known(id);
      return row && isVisible(row) ? row : undefined;
    },
    async hasRowFrom(position) {
      for await (const { rows } of sections(position)) if (rows.length > 0) return true;
      return false;
    },
    async totalCount() {
      let count = 0;
      for await (const { rows } of sections()) count += rows.length;
      return count;
    },
  };
}
