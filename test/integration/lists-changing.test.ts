import { describe, expect, it } from '@jest/globals';
import { type Product, startProductAt } from '../helpers/product.js';
import { ok } from '../helpers/scripted-replies.js';
import { type ScriptedUpstream, startScriptedUpstream } from '../helpers/scripted-upstream.js';
import {
  backupRow,
  instanceRow,
  REGION,
  type Row,
  SQL_INSTANCE,
} from '../helpers/upstream-rows.js';

const PAGE = `pageInfo { hasNextPage endCursor } totalCount`;
const BACKUPS = `query ($first: Int, $after: String, $filter: BackupFilter) {
  list: backups(regionId: "${REGION}", instanceId: "${SQL_INSTANCE}", first: $first, after: $after, filter: $filter) {
    nodes { name: backupId } ${PAGE}
  }
}`;
const INSTANCES = `query ($first: Int, $after: String) {
  list: instances(regionId: "${REGION}", first: $first, after: $after) {
    nodes { name: instanceId } ${PAGE}
  }
}`;

const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `b-${from + index}`);
const UNREADABLE = { backupId: '', instanceId: '' };

let upstream: ScriptedUpstream;
let product: Product;

/**
 * An upstream whose list is the result of `rowsOf` at that call, and which repeats its last page.
 */
async function start(
  rowsOf: (call: number) => readonly Row[],
  claimed: number | null = null,
): Promise<void> {
  const pageOf = (rows: readonly Row[], query: Readonly<Record<string, string>>) => {
    const last = Math.max(1, Math.ceil(rows.length / 100));
    const number = Math.min(Number(query['pageNumber']), last);
    return rows.slice((number - 1) * 100, number * 100);
  };
  upstream = await startScriptedUpstream({
    handlers: {
      describeBackups: ({ index, query }) => {
        const rows = rowsOf(index);
        return ok({ backup: pageOf(rows, query), totalCount: claimed ?? rows.length });
      },
      describeInstances: ({ index, query }) => {
        const rows = rowsOf(index);
        return ok({ dbInstances: pageOf(rows, query), totalCount: claimed ?? rows.length });
      },
    },
  });
  product = await startProductAt(upstream.origin);
}

async function ask(query: string, variables: Record<string, unknown>) {
  const { data, errors } = await product.query(query, variables);
  expect(errors).toEqual([]);
  const { nodes, pageInfo, totalCount } = data.list;
  return { names: nodes.map(({ name }: { name: string }) => name), ...pageInfo, totalCount };
}

const backups = (ids: readonly string[]): Row[] =>
  ids.map((backupId) => backupRow(backupId === '' ? UNREADABLE : { backupId }));
const instances = (ids: readonly string[]): Row[] =>
  ids.map((instanceId) => instanceRow({ instanceId }));

describe.each([
  ['backups', BACKUPS, backups],
  ['instances', INSTANCES, instances],
])('a list of %s', (_, query, rows) => {
  it('has no duplicate if one is added between the two calls of a page', async () => {
    const old = rows(names(1, 250));
    const grown = rows(['made', ...names(1, 250)]);
    await start((call) => (call < 2 ? old : grown));
    const { endCursor } = await ask(query, { first: 60 });
    upstream.reset();
    const page = await ask(query, { first: 100, after: endCursor });

    expect(page.names).toEqual(names(61, 160));
    expect(page).toMatchObject({ hasNextPage: true, totalCount: 251 });
    expect(upstream.calls()).toHaveLength(2);
  });

  it('of 250 costs one call for a page of 50', async () => {
    await start(() => rows(names(1, 250)));
    const page = await ask(query, { first: 50 });

    expect(page).toMatchObject({ hasNextPage: true, totalCount: 250 });
    expect(page.names).toEqual(names(1, 50));
    expect(upstream.calls()).toHaveLength(1);
  });

  it.each([
    [
      'rows that cannot be read end it',
      [...names(1, 100), ...Array<string>(9).fill('')],
      100,
      null,
    ],
    ['its total is too high by far', names(1, 150), 50, 9000],
  ])('announces no empty page if %s', async (_case, ids, first, claimed) => {
    await start(() => rows(ids), claimed);
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page = await ask(query, { first, after });
      expect(page.names).not.toEqual([]);
      seen.push(...page.names);
      [after, more] = [page.endCursor, page.hasNextPage];
    }

    expect(seen).toEqual(ids.filter((id) => id !== ''));
  });
});

it('a filtered list has no duplicates, counts each backup once and announces no empty page', async () => {
  const old = backups(names(1, 130));
  const grown = backups(['made', ...names(1, 130)]);
  await start((call) => (call === 0 ? old : grown));
  const page = await ask(BACKUPS, { first: 100, filter: { mode: 'AUTO' } });

  expect(page.names).toEqual(names(1, 100));
  expect(page).toMatchObject({ hasNextPage: true, totalCount: 130 });
});
