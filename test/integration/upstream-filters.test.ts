import { beforeEach, describe, expect, it } from '@jest/globals';
import { useProduct } from '../helpers/product.js';
import type { ScriptedCall } from '../helpers/scripted-call.js';
import { fail, ok, type Reply } from '../helpers/scripted-replies.js';
import { backupRow, instanceRow, type Row, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const TOTAL = 5000;
/**
 * Newest first, one per hour; every twentieth is differential, every thousandth of another
 * database.
 */
const ROWS = Array.from({ length: TOTAL }, (_, place) => {
  const start = new Date(Date.UTC(2026, 0, 1) - place * 3_600_000).toISOString().slice(0, 19);
  return backupRow({
    backupId: `b-${place + 1}`,
    backupStartTime: start,
    backupType: place % 20 === 7 ? 'diff' : 'full',
    ...(place % 2500 === 2487 && { backupStatus: 'ERROR' }),
    backupFiles: [place % 1000 === 999 ? 'rare.bak' : 'shop.bak'],
  });
});

/** A region per test, since the capabilities of an upstream are remembered. */
let region = 0;
let regionId = '';

const { product, upstream } = await useProduct({
  backups: [],
  instances: [instanceRow()],
  env: { UPSTREAM_MAX_RETRIES: '0' },
});

beforeEach(() => {
  region += 1;
  regionId = `region-${region}`;
});

const pageOf = (rows: readonly Row[], { query }: ScriptedCall) => {
  const from = (Number(query['pageNumber']) - 1) * 100;
  return ok({ backup: rows.slice(from, from + 100), totalCount: rows.length });
};

const startOf = (row: Row) => String(row['backupStartTime']).replace('T', ' ');

/** The ways gateways handle filters. */
const gateways = {
  applied: (rows: readonly Row[]) => (call: ScriptedCall) => {
    const { query } = call;
    const found = rows.filter(
      (row) =>
        [undefined, row['backupId']].includes(query['filters.1.values.1']) &&
        [undefined, row['backupType']].includes(query['backupTypeFilter']) &&
        (query['dbNameFilter'] === undefined ||
          (row['backupFiles'] as string[]).includes(`${query['dbNameFilter']}.bak`)) &&
        (query['backupTimeRangeEndFilter'] ?? '9') >= startOf(row) &&
        (query['backupTimeRangeStartFilter'] ?? '') <= startOf(row),
    );
    return pageOf(found, call);
  },
  ignored: (rows: readonly Row[]) => (call: ScriptedCall) => pageOf(rows, call),
  refused: (rows: readonly Row[]) => (call: ScriptedCall) =>
    Object.keys(call.query).length > 3 ? fail(400, 'INVALID_ARGUMENT') : pageOf(rows, call),
  'applied to the page alone': (rows: readonly Row[]) => (call: ScriptedCall) => {
    const from = (Number(call.query['pageNumber']) - 1) * 100;
    const page = rows.slice(from, from + 100);
    const id = call.query['filters.1.values.1'];
    const backup = page.filter((row) => id === undefined || row['backupId'] === id);
    return ok({ backup, totalCount: rows.length });
  },
} satisfies Record<string, (rows: readonly Row[]) => (call: ScriptedCall) => Reply>;

const use = (gateway: keyof typeof gateways, rows: readonly Row[] = ROWS) => {
  upstream.handle('describeBackups', gateways[gateway](rows));
};

const lists = () => upstream.calls('describeBackups').length;

async function find(...numbers: readonly number[]): Promise<(string | undefined)[]> {
  const fields = numbers.map(
    (number, place) =>
      `f${place}: backup(id: "${regionId}/${SQL_INSTANCE}/b-${number}") { backupId }`,
  );
  const { data, errors } = await product.query(`{ ${fields.join(' ')} }`);
  expect(errors).toEqual([]);
  return numbers.map((_, place) => data[`f${place}`]?.backupId);
}

describe('a backup looked up by id', () => {
  it('costs one list call if the filter works: the last of 5,000', async () => {
    use('applied');
    expect(await find(5000)).toEqual(['b-5000']);
    expect(lists()).toBe(1);
    const [call] = upstream.calls('describeBackups');
    expect(call?.query).toMatchObject({
      'filters.1.name': 'backupId',
      'filters.1.operator': 'eq',
      'filters.1.values.1': 'b-5000',
      pageNumber: '1',
    });
  });

  it('costs one call if it does not exist', async () => {
    use('applied');
    expect(await find(9999)).toEqual([undefined]);
    expect(lists()).toBe(1);
  });

  it('is searched page by page if the filter is ignored, which is remembered, at no extra call', async () => {
    use('ignored');
    expect(await find(250)).toEqual(['b-250']);
    expect(lists()).toBe(3);
    upstream.reset();
    expect(await find(350)).toEqual(['b-350']);
    expect(lists()).toBe(4);
    expect(upstream.calls().filter(({ url }) => url.includes('filters'))).toEqual([]);
  });

  it.each(['refused', 'applied to the page alone'] as const)(
    'is searched page by page if the filter is %s, at one extra call in total',
    async (gateway) => {
      use(gateway);
      expect(await find(250)).toEqual(['b-250']);
      expect(lists()).toBe(4);
      upstream.reset();
      expect(await find(250)).toEqual(['b-250']);
      expect(lists()).toBe(3);
    },
  );

  it('fails with the upstream, which is not mistaken for one without filters', async () => {
    upstream.handle('describeBackups', [fail(500, 'INTERNAL')]);
    const query = `{ backup(id: "${regionId}/${SQL_INSTANCE}/b-4900") { backupId } }`;
    const { errors } = await product.query(query);
    expect(errors[0]?.extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    use('applied');
    upstream.reset();
    expect(await find(4900)).toEqual(['b-4900']);
    expect(lists()).toBe(1);
  });
});

describe('several backups of an instance', () => {
  it.each([
    ['cost one call on the first page', [1, 50, 100], 1],
    ['cost one more lookup if one is old', [1, 4900], 2],
    ['cost a lookup each if all are old', [4800, 4900, 5000], 4],
  ])('%s', async (_, numbers, calls) => {
    use('applied');
    expect(await find(...numbers)).toEqual(numbers.map((number) => `b-${number}`));
    expect(lists()).toBe(calls);
  });

  it.each([
    ['applied', 3],
    ['ignored', 3],
  ] as const)(
    'cost no more calls than the list has pages if the filter is %s',
    async (use_, calls) => {
      use(use_, ROWS.slice(0, 300));
      const numbers = Array.from({ length: 30 }, (_, place) => 10 * (place + 1));
      expect(await find(...numbers)).toEqual(numbers.map((number) => `b-${number}`));
      expect(lists()).toBe(calls);
    },
  );
});

describe('a list filter', () => {
  async function filtered(filter: string, rest = 'totalCount nodes { backupId }', first = 3) {
    const { data, errors } = await product.query(
      `{ backups(regionId: "${regionId}", instanceId: "${SQL_INSTANCE}", first: ${first}, filter: ${filter}) { ${rest} } }`,
    );
    expect(errors).toEqual([]);
    return data.backups;
  }

  it('is sent, and costs two calls with its count, however many backups there are', async () => {
    use('applied');
    expect(await filtered('{ type: INCREMENTAL }')).toEqual({
      totalCount: 250,
      nodes: ['b-8', 'b-28', 'b-48'].map((backupId) => ({ backupId })),
    });
    expect(lists()).toBe(2);
    expect(await filtered('{ databaseName: "rare" }')).toMatchObject({ totalCount: 5 });
    expect(lists()).toBe(4);
  });

  it('the upstream applies in part is counted by reading', async () => {
    use('applied');
    // All failed ones are beyond the first page of differential backups.
    expect(await filtered('{ type: INCREMENTAL, status: ERROR }')).toEqual({
      totalCount: 2,
      nodes: ['b-2488', 'b-4988'].map((backupId) => ({ backupId })),
    });
    expect(lists()).toBe(4);
    upstream.reset();
    use('applied');
    expect(await filtered('{ type: INCREMENTAL, status: COMPLETED }')).toMatchObject({
      totalCount: 248,
    });
  });

  it('by start time excludes backups of the second before, at no further call', async () => {
    use('applied');
    // The 300th backup started one second earlier.
    const start = new Date(Date.UTC(2026, 0, 1) - 299 * 3_600_000 - 8 * 3_600_000 + 1000);
    const found = await filtered(`{ startedAfter: "${start.toISOString()}" }`);
    expect(found).toMatchObject({ totalCount: 299 });
    expect(lists()).toBe(4);
  });

  it('by end time is widened by a second, and applied again here', async () => {
    use('applied', [...ROWS, backupRow({ backupId: 'no-start', backupStartTime: '' })]);
    const found = await filtered('{ startedBefore: "2025-06-15T16:00:00Z" }');
    const [, call] = upstream.calls('describeBackups');
    expect(call?.query['backupTimeRangeEndFilter']).toBe('2025-06-16 00:00:01');
    expect(found.nodes[0]).toEqual({ backupId: 'b-4778' });
    // Without the one that has no start.
    expect(found.totalCount).toBe(TOTAL - 4777);
  });

  it.each(['ignored', 'refused'] as const)('is applied here alone if it is %s', async (gateway) => {
    use(gateway, ROWS.slice(0, 1200));
    expect(await filtered('{ databaseName: "rare" }')).toEqual({
      totalCount: 1,
      nodes: [{ backupId: 'b-1000' }],
    });
    expect(lists()).toBe(13);
    upstream.reset();
    expect(await filtered('{ databaseName: "rare" }')).toMatchObject({ totalCount: 1 });
    expect(lists()).toBe(12);
  });

  it('on a short list costs the calls of the list', async () => {
    use('applied', ROWS.slice(0, 150));
    expect(await filtered('{ type: INCREMENTAL }')).toMatchObject({ totalCount: 8 });
    expect(lists()).toBe(2);
    expect(upstream.calls().filter(({ url }) => url.includes('Filter'))).toEqual([]);
  });

  it('has cursors that lead through all matches', async () => {
    use('applied');
    const ids: string[] = [];
    for (let after = ''; ;) {
      const page = await filtered(
        `{ type: INCREMENTAL }${after}`,
        'nodes { backupId } pageInfo { hasNextPage endCursor }',
        70,
      );
      ids.push(...page.nodes.map(({ backupId }: { backupId: string }) => backupId));
      if (!page.pageInfo.hasNextPage) break;
      after = `, after: "${page.pageInfo.endCursor}"`;
    }
    expect(ids).toEqual(Array.from({ length: 250 }, (_, place) => `b-${20 * place + 8}`));
  });
});
