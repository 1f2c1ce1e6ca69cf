import { beforeEach, describe, expect, it } from '@jest/globals';
import { startProductAt } from '../helpers/product.js';
import { type ScriptedUpstream, startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';
import {
  backupRow,
  instanceRow,
  MYSQL_INSTANCE,
  mySqlInstanceRow,
  REGION,
  SQL_INSTANCE,
} from '../helpers/upstream-rows.js';

const BACKUPS = `{ backups(regionId: "${REGION}", instanceId: "${SQL_INSTANCE}") { nodes { id } } }`;
const INSTANCES = `{ instances(regionId: "${REGION}") { totalCount nodes { instanceId } } }`;
/** Longer than any test takes. */
const REUSE = { LIST_REUSE_MS: '60000' };

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream({
    instances: [instanceRow(), mySqlInstanceRow()],
    backups: [backupRow({ backupId: 'sql-1' })],
    latencyMs: 20,
  });
});

const start = (env: Record<string, string>) => startProductAt(upstream.origin, env);

describe('a list', () => {
  it('is requested once for all that ask for it, at the same time or later', async () => {
    const { query, metrics } = await start(REUSE);
    const answers = [
      ...(await Promise.all([query(BACKUPS), query(BACKUPS), query(BACKUPS)])),
      await query(BACKUPS),
    ];
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]?.data.backups.nodes).toHaveLength(1);
    expect(upstream.counts()).toEqual({ describeBackups: 1 });

    const text = await metrics();
    expect(text).toMatch(/backup_graphql_lists_total\{origin="upstream"\} 1\n/);
    expect(text).toMatch(/backup_graphql_lists_total\{origin="flight"\} 2\n/);
    expect(text).toMatch(/backup_graphql_lists_total\{origin="memory"\} 1\n/);
  });

  it.each([
    ['off', { LIST_REUSE_MS: '0' }, 2],
    ['on by default, for the cloud', { LIST_REUSE_MS: '' }, 1],
  ])('is shared or not where that is %s', async (_, env, calls) => {
    const { query } = await start(env);
    await Promise.all([query(BACKUPS), query(BACKUPS)]);
    expect(upstream.counts()).toEqual({ describeBackups: calls });
  });

  it('shows each caller what it may see', async () => {
    const { query } = await start({ ...REUSE, ...SECRET_AUTH });
    const all = await bearer({ sub: 'all' });
    const one = await bearer({ sub: 'one', instances: [`${REGION}/${MYSQL_INSTANCE}`] });
    const none = await bearer({ sub: 'none', regions: ['cn-south-1'] });
    const seen = async (headers: { authorization: string }) =>
      (await query(INSTANCES, {}, headers)).data.instances;

    expect((await seen(all)).totalCount).toBe(2);
    expect(await seen(one)).toEqual({ totalCount: 1, nodes: [{ instanceId: MYSQL_INSTANCE }] });
    expect(await seen(none)).toEqual({ totalCount: 0, nodes: [] });
    expect((await seen(all)).totalCount).toBe(2);
    await query(BACKUPS, {}, all);
    expect((await query(BACKUPS, {}, one)).data.backups.nodes).toEqual([]);
    expect(upstream.counts()).toEqual({ describeInstances: 1, describeBackups: 1 });
  });

  it('answers entities, again and again', async () => {
    const { query } = await start(REUSE);
    const representations = [
      { __typename: 'Backup', id: `${REGION}/${SQL_INSTANCE}/sql-1` },
      { __typename: 'DatabaseInstance', id: `${REGION}/${SQL_INSTANCE}` },
      { __typename: 'DatabaseInstance', id: `${REGION}/${MYSQL_INSTANCE}` },
    ];
    const entities = async () =>
      query('query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }', {
        of: representations,
      });
    for (const { data, errors } of [await entities(), await entities()]) {
      expect(errors).toEqual([]);
      expect(data._entities).toEqual(representations.map(({ __typename }) => ({ __typename })));
    }
    expect(upstream.counts()).toEqual({ describeInstances: 1, describeBackups: 1 });
  });
});
