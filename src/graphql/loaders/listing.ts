/** One page of an upstream list. `rowCount` counts the rows that could not be read too. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly rowCount: number;
  readonly totalCount: number;
}

/** Rows that stand together in a list. */
export interface Section<Row> {
  readonly rows: readonly Row[];
  /** Place of the first in the whole list, from 0. */
  readonly start: number;
}

/** An upstream list, read page by page as far as somebody needs it; each page at most once. */
export interface Listing<Row> {
  readonly pageSize: number;
  /**
   * The rows from a position on, page by page: whoever reads waits for each page, not for each row. Asks
   * for a page only when its rows are wanted.
   */
  sections(from?: number): AsyncGenerator<Section<Row>>;
  /** The row with this id; reads from the newest page on and no further than needed. */
  find(id: string): Promise<Row | null>;
  totalCount(): Promise<number>;
  /** Whether a page is on its way. */
  isReading(): boolean;
  /** Resolves, never fails, when the pages on their way have arrived. */
  settled(): Promise<void>;
}

/** No list is read further than this, whatever its total claims: 1,000 pages of 100. */
const MAX_PAGES = 1000;

export interface ListingOptions<Row> {
  readonly pageSize: number;
  /** Fetches page `number`, from 1. */
  readonly fetchPage: (number: number) => Promise<Page<Row>>;
}

/**
 * Makes a list of the pages behind `fetchPage`. It ends by the total; because a page past the end
 * repeats the last one, a page that repeats its predecessor ends it too. A page that failed is
 * forgotten, so that it can be asked for again.
 */
export function createListing<Row extends { readonly id: string }>({
  pageSize,
  fetchPage,
}: ListingOptions<Row>): Listing<Row> {
  const pages = new Map<number, Promise<Page<Row>>>();
  const inFlight = new Set<Promise<unknown>>();
  const byId = indexPages<Row>();

  function page(number: number): Promise<Page<Row>> {
    const known = pages.get(number);
    if (known) return known;
    const fetched = fetchPage(number);
    pages.set(number, fetched);
    inFlight.add(fetched);
    fetched.then(
      () => inFlight.delete(fetched),
      () => {
        inFlight.delete(fetched);
        pages.delete(number);
      },
    );
    return fetched;
  }

  /** Pages from `number` on, each with the position of its first row. */
  async function* pagesFrom(number: number): AsyncGenerator<{ page: Page<Row>; start: number }> {
    let previous: Page<Row> | undefined;
    for (let start = (number - 1) * pageSize; number <= MAX_PAGES; number += 1) {
      const current = await page(number);
      if (start >= current.totalCount || (previous && repeats(previous, current))) return;
      yield { page: current, start };
      start += current.rowCount;
      if (current.rowCount === 0 || start >= current.totalCount) return;
      previous = current;
    }
  }

  async function* sections(from = 0): AsyncGenerator<Section<Row>> {
    for await (const { page, start } of pagesFrom(Math.floor(from / pageSize) + 1)) {
      const skipped = Math.max(0, from - start);
      const rows = skipped === 0 ? page.rows : page.rows.slice(skipped);
      yield { rows, start: start + skipped };
    }
  }

  return {
    pageSize,
    sections,
    async find(id) {
      // A hundred keys are looked up at once, most of them here.
      const row = byId(await page(1)).get(id);
      if (row) return row;
      return findRow(sections(), id);
    },
    async totalCount() {
      return (await page(1)).totalCount;
    },
    isReading: () => inFlight.size > 0,
    async settled() {
      await Promise.allSettled(inFlight);
    },
  };
}

/** The first row with this id; reads no further than that. */
export async function findRow<Row extends { readonly id: string }>(
  sections: AsyncIterable<Section<Row>>,
  id: string,
): Promise<Row | null> {
  for await (const { rows } of sections) {
    const found = rows.find((row) => row.id === id);
    if (found) return found;
  }
  return null;
}

/** The rows of a page by their ids; of two with one id, the first. */
function indexPages<Row extends { readonly id: string }>() {
  const indexes = new WeakMap<Page<Row>, ReadonlyMap<string, Row>>();
  return (page: Page<Row>): ReadonlyMap<string, Row> => {
    const known = indexes.get(page);
    if (known) return known;
    const index = new Map(page.rows.toReversed().map((row) => [row.id, row]));
    indexes.set(page, index);
    return index;
  };
}

function repeats<Row extends { readonly id: string }>(a: Page<Row>, b: Page<Row>): boolean {
  return a.rows.length > 0 && a.rows[0]?.id === b.rows[0]?.id;
}
