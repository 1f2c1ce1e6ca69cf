import { describe, expect, it } from '@jest/globals';
import { createListing, type Page } from '../../../src/graphql/loaders/listing.js';
import { type Connection, emptyConnection, paginate } from '../../../src/graphql/pagination.js';

interface Row {
  readonly id: string;
}

const rowsNamed = (from: number, to: number): Row[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: `r${from + index}` }));

/** A list of `total` rows in pages of 10 that repeats its last page for ever, and counts its calls. */
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

  it('ends at the repeated page when its total is too high', async () => {
    const { listing, calls } = listOf(20, 5000);
    const seen: string[] = [];
    for await (const { rows } of listing.sections()) seen.push(...rows.map(({ id }) => id));
    expect(seen).toHaveLength(20);
    expect(calls).toEqual([1, 2, 3]);
  });

  it('ends after 1,000 pages though its total has no end and no page repeats', async () => {
    let calls = 0;
    const endless = createListing<Row>({
      pageSize: 1,
      fetchPage: (number) => {
        calls += 1;
        const rows = rowsNamed(number, number);
        return Promise.resolve({ rows, rowCount: 1, totalCount: 2_147_483_647 });
      },
    });
    expect(await endless.find('gone')).toBeNull();
    expect(calls).toBe(1000);
    expect(await endless.find('r1000')).toEqual({ id: 'r1000' });
    const further: Row[] = [];
    for await (const { rows } of endless.sections(1000)) further.push(...rows);
    expect(further).toEqual([]);
    expect(calls).toBe(1000);
  });
});

describe('finding rows', () => {
  it('reads no further than the row and no page twice', async () => {
    const { listing, calls } = listOf(45);
    const found = await Promise.all(['r3', 'r15', 'r12', 'r1'].map((id) => listing.find(id)));
    expect(found).toEqual([{ id: 'r3' }, { id: 'r15' }, { id: 'r12' }, { id: 'r1' }]);
    expect(calls).toEqual([1, 2]);
    expect(await listing.find('gone')).toBeNull();
    expect(calls).toEqual([1, 2, 3, 4, 5]);
  });

  it('asks again for a page that failed, and only for that', async () => {
    const calls: number[] = [];
    let healthy = false;
    const listing = createListing<Row>({
      pageSize: 10,
      fetchPage: (number) => {
        calls.push(number);
        if (number === 2 && !healthy) return Promise.reject(new Error('upstream'));
        const rows = rowsNamed(number * 10 - 9, number * 10);
        return Promise.resolve({ rows, rowCount: 10, totalCount: 20 });
      },
    });
    await expect(listing.find('r15')).rejects.toThrow('upstream');
    healthy = true;
    expect(await listing.find('r15')).toEqual({ id: 'r15' });
    expect(calls).toEqual([1, 2, 2]);
  });

  it('counts rows that could not be read as places in the list', async () => {
    const listing = createListing<Row>({
      pageSize: 10,
      fetchPage: (number) =>
        Promise.resolve({
          rows: number === 1 ? rowsNamed(1, 7) : rowsNamed(11, 12),
          rowCount: number === 1 ? 10 : 2,
          totalCount: 12,
        }),
    });
    expect(ids(await paginate(listing, { first: 20 }))).toEqual([
      'r1',
      'r2',
      'r3',
      'r4',
      'r5',
      'r6',
      'r7',
      'r11',
      'r12',
    ]);
  });
});

describe('a page of a list', () => {
  it('starts with the newest 20 and tells how to go on', async () => {
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

  it('behind the last row is empty', async () => {
    const { listing } = listOf(20);
    const end = (await paginate(listing, { first: 20 })).pageInfo.endCursor;
    const page = await paginate(listing, { first: 20, after: end });
    expect(ids(page)).toEqual([]);
    expect(await page.pageInfo.hasNextPage).toBe(false);
    expect(page.pageInfo.hasPreviousPage).toBe(true);
  });

  it('goes on behind its cursor though newer rows have moved it', async () => {
    const before = await paginate(listOf(45).listing, { first: 8 });
    const all = [...rowsNamed(101, 105), ...rowsNamed(1, 45)];
    const moved = createListing<Row>({
      pageSize: 10,
      fetchPage: (number) => {
        const rows = all.slice((number - 1) * 10, number * 10);
        return Promise.resolve({ rows, rowCount: rows.length, totalCount: all.length });
      },
    });
    const page = await paginate(moved, { first: 3, after: before.pageInfo.endCursor });
    expect(ids(page)).toEqual(['r9', 'r10', 'r11']);
  });

  it('filters over pages; total and next page count matching rows alone', async () => {
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

  it.each([0, -1, 101, 2_147_483_647])('refuses first: %d', async (first) => {
    await expect(paginate(listOf(5).listing, { first })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: 'first is out of range: give 1 to 100.',
    });
  });

  it.each(['', 'x', Buffer.from('5').toString('base64url'), '../..'])(
    'refuses the cursor %j',
    async (after) => {
      const { listing, calls } = listOf(5);
      await expect(paginate(listing, { after })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(calls).toEqual([]);
    },
  );

  it('of no list has nothing', () => {
    expect(emptyConnection()).toMatchObject({ edges: [], totalCount: 0 });
  });
});
