/** A page of an upstream list. `rowCount` includes unreadable rows. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly rowCount: number;
  readonly totalCount: number;
}

/** Consecutive rows of a list. */
export interface Section<Row> {
  readonly rows: readonly Row[];
  /** Zero-based position of the first row in the list. */
  readonly start: number;
}

/** A list, read page by page on demand; each page at most once. */
export interface Listing<Row> {
  readonly pageSize: number;
  /**
   * The rows from a position on, page by page, so that readers await pages rather than rows.
   * Requests a page only when its rows are consumed.
   */
  sections(from?: number): AsyncGenerator<Section<Row>>;
  /**
   * Whether there is a row at or after a position; rows before it have been read. Trusts the total
   * without another call only if much is left and nothing read so far contradicts it.
   */
  hasRowFrom(position: number): Promise<boolean>;
  totalCount(): Promise<number>;
}

/** A list of which only some rows are wanted. */
export interface FilteredListing<Row> {
  readonly listing: Listing<Row>;
  /** Selects rows; all if absent. */
  readonly matches?: ((row: Row) => boolean) | undefined;
  /**
   * Whether the list is known to hold only matches, so that it can be counted without reading it.
   */
  readonly isExact?: () => Promise<boolean>;
}

/** What else loaders know of a list. */
export interface UpstreamListing<Row> extends Listing<Row> {
  /** Whether a page has been requested. */
  isStarted(): boolean;
  /** The row with this ID, if it has been read. */
  known(id: string): Row | undefined;
  /** Pages neither read nor requested, judging by the known total. */
  pagesLeft(): number;
  /** Accepts the first page if it was read elsewhere and nothing has been requested. */
  adopt(page: Page<Row>): void;
}

/** A list is read up to 1,000 pages of 100, whatever its total claims. */
const MAX_PAGES = 1000;

export interface ListingOptions<Row> {
  readonly pageSize: number;
  /** Fetches page `number`, 1-based. */
  readonly fetchPage: (number: number) => Promise<Page<Row>>;
}

/**
 * Creates a list from `fetchPage`. It ends at the total or at a page without new rows, since a page
 * past the end repeats the last one. Rows move while a list is read, so a row belongs to the first
 * page that contained it. A failed page is forgotten and can be requested again.
 */
export function createListing<Row extends { readonly id: string }>({
  pageSize,
  fetchPage,
}: ListingOptions<Row>): UpstreamListing<Row> {
  const pages = new Map<number, Promise<ReadPage<Row>>>();
  const known = new Map<string, Row>();
  let latestTotal: number | undefined;
  let isSteady = true;

  function page(number: number): Promise<ReadPage<Row>> {
    const earlier = pages.get(number);
    if (earlier) return earlier;
    const fetched = fetchPage(number).then(admit);
    pages.set(number, fetched);
    fetched.catch(() => pages.delete(number));
    return fetched;
  }

  function admit({ rows, rowCount, totalCount }: Page<Row>): ReadPage<Row> {
    isSteady &&= latestTotal === undefined || latestTotal === totalCount;
    latestTotal = totalCount;
    const fresh = newRows(rows);
    return { rows: fresh, rowCount, totalCount, isRepeat: rows.length > 0 && fresh.length === 0 };
  }

  /** Most lists are read for one page without duplicates: no copy, one check per row. */
  function newRows(rows: readonly Row[]): readonly Row[] {
    if (known.size > 0) return rows.filter((row) => !known.has(row.id) && known.set(row.id, row));
    for (const row of rows) known.set(row.id, row);
    if (known.size === rows.length) return rows;
    known.clear();
    return rows.filter((row) => !known.has(row.id) && known.set(row.id, row));
  }

  async function* sections(from = 0): AsyncGenerator<Section<Row>> {
    const first = Math.floor(from / pageSize) + 1;
    let start = (first - 1) * pageSize;
    for (let number = first; number <= MAX_PAGES; number += 1) {
      const { rows, rowCount, totalCount, isRepeat } = await page(number);
      if (isRepeat || (start > 0 && start >= totalCount)) return;
      const skipped = Math.max(0, from - start);
      yield { rows: skipped === 0 ? rows : rows.slice(skipped), start: start + skipped };
      start += rowCount;
      if (rowCount === 0 || start >= totalCount) return;
    }
  }

  return {
    pageSize,
    sections,
    async hasRowFrom(position) {
      const number = Math.max(1, Math.ceil(position / pageSize));
      const start = (number - 1) * pageSize;
      const { rows, rowCount, totalCount } = await page(number);
      if (position - start < rows.length) return true;
      const left = totalCount - start - rowCount;
      if (left <= 0) return false;
      if (left > pageSize && rows.length === pageSize && isSteady) return true;
      for await (const section of sections(position)) if (section.rows.length > 0) return true;
      return false;
    },
    async totalCount() {
      const total = latestTotal ?? (await page(1)).totalCount;
      return Math.max(total, known.size);
    },
    isStarted: () => pages.size > 0,
    known: (id) => known.get(id),
    pagesLeft: () => Math.max(0, Math.ceil((latestTotal ?? 0) / pageSize) - pages.size),
    adopt(page) {
      if (pages.size === 0) pages.set(1, Promise.resolve(admit(page)));
    },
  };
}

/** A page without the rows of earlier pages. */
interface ReadPage<Row> extends Page<Row> {
  /** Whether it has rows, none of them new. */
  readonly isRepeat: boolean;
}
