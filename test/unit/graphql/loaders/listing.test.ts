import { describe, expect, it } from '@jest/globals';
import {
  createListing,
  type FilteredListing,
  type Listing,
  type Page,
} from '../../../../src/graphql/loaders/listing.js';
import * as pagination from '../../../../src/graphql/pagination.js';
import { type Connection, emptyConnection } from '../../../../src/graphql/pagination.js';

interface Row {
  readonly id: string;
}

const rowsNamed = (from: number, to: number): Row[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: `r${from + index}` }));

/**
 * A list of `total` rows in pages of 10 that repeats its last page forever and counts its calls.
 */
function listOf(total: number, claimed = total) {
  const all = rowsNamed(1, total);
  const calls: number[] = [];
  const lastPage = Math.max(1, Math.ceil(total / 10));
  const listing = createListing<Row>({
    pageSize: 10,
    fetchPage: (number): Promise<Page<Row>> => {
      calls.push(number);
      const start = (Math.min(number, lastPage) - 1) * 10;
      const rows = all.slice(start, start + 10);
      return Promise.resolve({ rows, rowCount: rows.length, totalCount: claimed });
    },
  });
  return { listing, calls, all };
}

const paginate = (
  listing: Listing<Row>,
  { matches, isExact, ...page }: pagination.PageRequest & Omit<FilteredListing<Row>, 'listing'>,
) => pagination.paginate({ listing, matches, ...(isExact && { isExact }) }, page);

async function find(listing: Listing<Row>, id: string): Promise<Row | null> {
  for await (const { rows } of listing.sections()) {
    const found = rows.find((row) => row.id === id);
    if (found) return found;
  }
  return null;
}

const ids = ({ nodes }: { nodes: readonly Row[] }) => nodes.map(({ id }) => id);

describe('a list read to its end', () => {
  it.each([
    [0, 1],
    [1, 1],
    [9, 1],
    [10, 1],
    [11, 2],
    [20, 2],
    [25, 3],
  ])('of %d rows costs %d calls and repeats no row', async (total, pages) => {
    const { listing, calls } = listOf(total);
    const seen: string[] = [];
    for await (const { rows } of listing.sections()) seen.push(...rows.map(({ id }) => id));
    expect(seen).toHaveLength(total);
    expect(new Set(seen).size).toBe(total);
    expect(calls).toHaveLength(pages);
  });

  it('ends at a repeated page if its total is too high', async () => {
    const { listing, calls } = listOf(20, 5000);
    const seen: string[] = [];
    for await (const { rows } of listing.sections()) seen.push(...rows.map(({ id }) => id));
    expect(seen).toHaveLength(20);
    expect(calls).toEqual([1, 2, 3]);
  });

  it('ends after 1,000 pages even if its total is infinite and no page repeats', async () => {
    let calls = 0;
    const endless = createListing<Row>({
      pageSize: 1,
      fetchPage: (number) => {
        calls += 1;
        const rows = rowsNamed(number, number);
        return Promise.resolve({ rows, rowCount: 1, totalCount: 2_147_483_647 });
      },
    });
    expect(await find(endless, 'gone')).toBeNull();
    expect(calls).toBe(1000);
    expect(await find(endless, 'r1000')).toEqual({ id: 'r1000' });
    const further: Row[] = [];
    for await (const { rows } of endless.sections(1000)) further.push(...rows);
    expect(further).toEqual([]);
    expect(calls).toBe(1000);
  });
});

describe('finding rows', () => {
  it('reads no further than the row, and no page twice', async () => {
    const { listing, calls } = listOf(45);
    const found = await Promise.all(['r3', 'r15', 'r12', 'r1'].map((id) => find(listing, id)));
    expect(found).toEqual([{ id: 'r3' }, { id: 'r15' }, { id: 'r12' }, { id: 'r1' }]);
    expect(calls).toEqual([1, 2]);
    expect(await find(listing, 'gone')).toBeNull();
    expect(calls).toEqual([1, 2, 3, 4, 5]);
  });

  it('counts unreadable rows as positions', async () => {
    const listing = createListing<Row>({
      pageSize: 10,
      fetchPage: (number) =>
        Promise.resolve({
          rows: number === 1 ? rowsNamed(1, 7) : rowsNamed(11, 12),
          rowCount: number === 1 ? 10 : 2,
          totalCount: 12,
        }),
    });
    expect(ids(await paginate(listing, { first: 20 }))).toEqual(
      [...rowsNamed(1, 7), ...rowsNamed(11, 12)].map(({ id }) => id),
    );
  });
});

describe('a page of a list', () => {
  it('starts with the newest 20 and returns a cursor', async () => {
    const { listing, calls } = listOf(45);
    const page = await paginate(listing, {});
    expect(ids(page)).toEqual(rowsNamed(1, 20).map(({ id }) => id));
    expect(await page.pageInfo.hasNextPage).toBe(true);
    expect(page.pageInfo.hasPreviousPage).toBe(false);
    expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor);
    expect(await page.totalCount).toBe(45);
    expect(calls).toEqual([1, 2]);
  });

  it('follows its cursors to the end, every row once', async () => {
    const { listing } = listOf(45);
    const seen: string[] = [];
    let after: string | null = null;
    for (let more = true; more;) {
      const page: Connection<Row> = await paginate(listing, { first: 7, after });
      seen.push(...ids(page));
      after = page.pageInfo.endCursor;
      more = await page.pageInfo.hasNextPage;
    }
    expect(seen).toEqual(rowsNamed(1, 45).map(({ id }) => id));
  });

  it('is empty after the last row', async () => {
    const { listing } = listOf(20);
    const end = (await paginate(listing, { first: 20 })).pageInfo.endCursor;
    const page = await paginate(listing, { first: 20, after: end });
    expect(ids(page)).toEqual([]);
    expect(await page.pageInfo.hasNextPage).toBe(false);
    expect(page.pageInfo.hasPreviousPage).toBe(true);
  });

  it('filters across pages; total and next page count matching rows only', async () => {
    const { listing, calls } = listOf(45);
    const matches = ({ id }: Row) => id.endsWith('5');
    const page = await paginate(listing, { first: 2, matches });
    expect(ids(page)).toEqual(['r5', 'r15']);
    expect(calls).toEqual([1, 2]);
    expect(await page.pageInfo.hasNextPage).toBe(true);
    expect(calls).toEqual([1, 2, 3]);
    expect(await page.totalCount).toBe(5);
    expect(calls).toEqual([1, 2, 3, 4, 5]);
    const rest = await paginate(listing, { first: 3, matches, after: page.pageInfo.endCursor });
    expect(ids(rest)).toEqual(['r25', 'r35', 'r45']);
    expect(await rest.pageInfo.hasNextPage).toBe(false);
  });

  it.each([0, -1, 101, 2_147_483_647])('rejects first: %d', async (first) => {
    await expect(paginate(listOf(5).listing, { first })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: '`first` is out of range; use 1 to 100.',
    });
  });

  it.each(['x', Buffer.from('5').toString('base64url'), '../..'])(
    'rejects the cursor %j',
    async (after) => {
      const { listing, calls } = listOf(5);
      await expect(paginate(listing, { after })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(calls).toEqual([]);
    },
  );

  it('of an empty list is empty', () => {
    expect(emptyConnection()).toMatchObject({ edges: [], totalCount: 0 });
  });
});

/** Pages from a function, each requested with 10 rows; rows named `x…` are unreadable. */
function scripted(rowsOf: (number: number, call: number) => readonly Row[], totals: number[]) {
  const calls: number[] = [];
  const listing = createListing<Row>({
    pageSize: 10,
    fetchPage: (number): Promise<Page<Row>> => {
      const call = calls.push(number) - 1;
      const all = rowsOf(number, call);
      return Promise.resolve({
        rows: all.filter(({ id }) => !id.startsWith('x')),
        rowCount: all.length,
        totalCount: totals[Math.min(call, totals.length - 1)]!,
      });
    },
  });
  return { listing, calls };
}

const pageOf = (all: readonly Row[], number: number) => all.slice((number - 1) * 10, number * 10);
const named = (...names: string[]): Row[] => names.map((id) => ({ id }));
const filler = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({ id: `x${index}` }));

/** Follows the cursors to the end, reading each page from a new list. */
async function walk(open: () => ReturnType<typeof scripted>['listing'], first: number) {
  const pages: string[][] = [];
  let after: string | null = null;
  for (let more = true; more;) {
    const page: Connection<Row> = await paginate(open(), { first, after });
    pages.push(ids(page));
    after = page.pageInfo.endCursor;
    more = await page.pageInfo.hasNextPage;
    if (pages.length > 50) throw new Error('no end');
  }
  return pages;
}

describe('a list that changes while it is read', () => {
  it('has no duplicate if a row is added between two pages', async () => {
    const old = rowsNamed(1, 25);
    const grown = [{ id: 'new' }, ...old];
    const { listing, calls } = scripted((n, call) => pageOf(call === 0 ? old : grown, n), [25, 26]);
    const after = (await paginate(listOf(25).listing, { first: 6 })).pageInfo.endCursor;
    const page = await paginate(listing, { first: 10, after });

    expect(ids(page)).toEqual(rowsNamed(7, 16).map(({ id }) => id));
    expect(await page.pageInfo.hasNextPage).toBe(true);
    expect(await page.totalCount).toBe(26);
    expect(calls).toEqual([1, 2]);
  });

  it('continues if the page before the cursor was deleted', async () => {
    const after = (await paginate(listOf(45).listing, { first: 23 })).pageInfo.endCursor;
    const left = rowsNamed(11, 45);
    const { listing } = scripted((n) => pageOf(left, n), [35]);

    expect(ids(await paginate(listing, { first: 3, after }))).toEqual(['r24', 'r25', 'r26']);
  });

  it("skips no row if the cursor's row was deleted", async () => {
    const after = (await paginate(listOf(45).listing, { first: 8 })).pageInfo.endCursor;
    const left = rowsNamed(1, 45).filter(({ id }) => id !== 'r8');
    const { listing } = scripted((n) => pageOf(left, n), [44]);

    expect(ids(await paginate(listing, { first: 3, after }))).toEqual(['r9', 'r10', 'r11']);
  });

  it('ends if its last rows were deleted', async () => {
    const old = rowsNamed(1, 15);
    const left = rowsNamed(1, 10);
    const { listing } = scripted((n, call) => (call === 0 ? pageOf(old, n) : left), [15, 10]);
    const page = await paginate(listing, { first: 10 });

    expect(await page.pageInfo.hasNextPage).toBe(false);
  });

  it('counts a row found on two pages once, with a filter too', async () => {
    const rows = [named('r1', 'r2', 'r3', 'r2'), named('r3', 'r4')];
    const { listing } = scripted((n) => [...rows[n - 1]!, ...(n === 1 ? filler(6) : [])], [12]);
    const page = await paginate(listing, { first: 20, matches: () => true });

    expect(ids(page)).toEqual(['r1', 'r2', 'r3', 'r4']);
    expect(await page.totalCount).toBe(4);
  });
});

describe('hasNextPage', () => {
  it.each([
    ['the rest of the last page cannot be read', [...rowsNamed(1, 7), ...filler(3)], 7],
    ['the whole last page cannot be read', [...rowsNamed(1, 10), ...filler(4)], 10],
    [
      'a page within the list cannot be read',
      [...rowsNamed(1, 10), ...filler(10), ...rowsNamed(11, 13)],
      10,
    ],
    ['the last page repeats a row', [...rowsNamed(1, 10), ...named('r10', 'r9')], 5],
    ['no row can be read', filler(13), 5],
  ])('is never followed by an empty page if %s', async (_, all, first) => {
    const open = () => scripted((n) => pageOf(all, n), [all.length]).listing;
    const pages = await walk(open, first);

    expect(pages.slice(1)).not.toContainEqual([]);
    expect(pages.flat()).toEqual([
      ...new Set(all.map(({ id }) => id).filter((id) => !id.startsWith('x'))),
    ]);
  });

  it.each([
    [20, 25, 10],
    [20, 30, 10],
    [15, 5000, 5],
    [15, 5000, 7],
    [10, 20, 10],
  ])('is false after the last of %d rows if the total claims %d', async (total, claimed, first) => {
    const pages = await walk(() => listOf(total, claimed).listing, first);

    expect(pages.slice(1)).not.toContainEqual([]);
    expect(pages.flat()).toEqual(rowsNamed(1, total).map(({ id }) => id));
  });

  it('ignores a repeated last page, whatever the total claims', async () => {
    const pages = await walk(() => listOf(20, 5000).listing, 10);

    expect(pages.flat()).toEqual(rowsNamed(1, 20).map(({ id }) => id));
  });

  it.each([
    ['within a page', 25, 2, [1]],
    ['at the end of a page followed by more than a page', 45, 10, [1]],
    ['at the end of a page followed by less than a page', 15, 10, [1, 2]],
    ['at the end of the list', 20, 20, [1, 2]],
  ])('costs only the calls it needs %s', async (_, total, first, expected) => {
    const { listing, calls } = listOf(total);
    const { pageInfo } = await paginate(listing, { first });

    expect(await pageInfo.hasNextPage).toBe(total > first);
    expect(calls).toEqual(expected);
  });
});

describe('totalCount', () => {
  it.each([
    [25, 0, 10],
    [25, 3, 10],
    [25, 25, 25],
    [25, 900, 900],
  ])(
    'of %d rows with a claimed total of %d is never less than the rows read',
    async (total, claimed, told) => {
      const page = await paginate(listOf(total, claimed).listing, { first: 10 });

      expect(ids(page)).toHaveLength(10);
      expect(await page.totalCount).toBe(told);
    },
  );

  it('costs no call if the cursor already required a page', async () => {
    const after = (await paginate(listOf(45).listing, { first: 25 })).pageInfo.endCursor;
    const { listing, calls } = listOf(45);
    const page = await paginate(listing, { first: 3, after });

    expect(await page.totalCount).toBe(45);
    expect(calls).toEqual([3]);
  });
});
