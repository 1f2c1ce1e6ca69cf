import { expect, it } from '@jest/globals';
import { useProduct } from '../helpers/product.js';
import { ok } from '../helpers/scripted-replies.js';
import { backupRow, instanceRow, REGION, SQL_INSTANCE } from '../helpers/upstream-rows.js';

const PAGE = `pageInfo { hasNextPage endCursor } totalCount`;
const BACKUPS = `query ($first: Int, $after: String) {
  list: backups(regionId: "${REGION}", instanceId: "${SQL_INSTANCE}", first: $first, after: $after) {
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
const OLD = names(1, 250);
const GROWN = ['made', ...OLD];

/** The rows of a call: one is made before the third. */
const pageOf = (index: number, { pageNumber }: Readonly<Record<string, string>>): string[] =>
  (index < 2 ? OLD : GROWN).slice((Number(pageNumber) - 1) * 100, Number(pageNumber) * 100);
const totalOf = (index: number): number => (index < 2 ? OLD : GROWN).length;

const { query, upstream } = await useProduct({
  handlers: {
    describeBackups: ({ index, query: asked }) => {
      const backup = pageOf(index, asked).map((backupId) => backupRow({ backupId }));
      return ok({ backup, totalCount: totalOf(index) });
    },
    describeInstances: ({ index, query: asked }) => {
      const dbInstances = pageOf(index, asked).map((instanceId) => instanceRow({ instanceId }));
      return ok({ dbInstances, totalCount: totalOf(index) });
    },
  },
});

it.each([
  ['backups', BACKUPS],
  ['instances', INSTANCES],
])('a list of %s has no duplicate if one is added between the calls of a page', async (_, list) => {
  const first = await query(list, { first: 60 });
  upstream.reset();
  const { data, errors } = await query(list, {
    first: 100,
    after: first.data.list.pageInfo.endCursor,
  });

  expect(errors).toEqual([]);
  expect(data.list.nodes.map(({ name }: { name: string }) => name)).toEqual(names(61, 160));
  expect(data.list).toMatchObject({ pageInfo: { hasNextPage: true }, totalCount: 251 });
  expect(upstream.calls()).toHaveLength(2);
});
