import type { Listing, Positioned } from './listing.js';

/** A list without rows, that nobody is asked for. */
export const EMPTY_LISTING: Listing<never> = {
  pageSize: 1,
  // eslint-disable-next-line @typescript-eslint/require-await -- it has the shape of a real list
  async *rows() {
    yield* [];
  },
  find: () => Promise.resolve(null),
  totalCount: () => Promise.resolve(0),
  isReading: () => false,
  settled: () => Promise.resolve(),
};

/**
 * The rows of a list that pass the test, as if there were no others: places are counted anew, since a
 * cursor would tell how many are left out. So it is read from its beginning, and to its end to count.
 */
export function narrowListing<Row extends { readonly id: string }>(
  listing: Listing<Row>,
  isVisible: (row: Row) => boolean,
): Listing<Row> {
  async function* rows(from = 0): AsyncGenerator<Positioned<Row>> {
    let position = 0;
    for await (const { row } of listing.rows()) {
      if (!isVisible(row)) continue;
      if (position >= from) yield { row, position };
      position += 1;
    }
  }

  return {
    ...listing,
    rows,
    async find(id) {
      for await (const { row } of rows()) if (row.id === id) return row;
      return null;
    },
    async totalCount() {
      let count = 0;
      for await (const { position } of rows()) count = position + 1;
      return count;
    },
  };
}
