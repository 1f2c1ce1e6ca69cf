import { describe, expect, it } from '@jest/globals';
import { type Product, startProductAt } from '../helpers/product.js';
import { fail, ok, type Reply } from '../helpers/scripted-replies.js';
import {
  type ScriptedUpstream,
  type ScriptedUpstreamOptions,
  startScriptedUpstream,
} from '../helpers/scripted-upstream.js';
import {
  backupRow,
  instanceRow,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
  type Row,
} from '../helpers/upstream-rows.js';

const ENTITIES = `query ($representations: [_Any!]!, $fileName: String) {
  _entities(representations: $representations) {
    __typename
    ... on Backup { id status downloadURL(fileName: $fileName) { __typename } }
    ... on DatabaseInstance { id engine }
  }
}`;

const STATUSES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Backup { id status } }
}`;

let upstream: ScriptedUpstream;
let product: Product;

async function start(options: ScriptedUpstreamOptions, env: Record<string, string> = {}) {
  upstream = await startScriptedUpstream(options);
  // Lists are shared, as by default for the cloud.
  const settings = { UPSTREAM_MAX_RETRIES: '0', LIST_REUSE_MS: '1000', ...env };
  product = await startProductAt(upstream.origin, settings);
}

const backup = (instanceId: string, backupId: string) => ({
  __typename: 'Backup',
  id: `${REGION}/${instanceId}/${backupId}`,
});

const rowsOf = (instanceId: string, count: number): Row[] =>
  Array.from({ length: count }, (_, index) =>
    mySqlBackupRow({ instanceId, backupId: `b-${index}` }),
  );

describe('entities', () => {
  it('are resolved in order by either key, null for those that do not exist', async () => {
    await start({
      backups: [backupRow({ backupId: 'b-1' }), mySqlBackupRow({ backupId: 'b-2' })],
      instances: [instanceRow(), mySqlInstanceRow()],
    });
    const { data, errors } = await product.query(ENTITIES, {
      representations: [
        backup('sqlserver-83uqv7avy4', 'b-1'),
        backup('sqlserver-83uqv7avy4', 'gone'),
        { __typename: 'DatabaseInstance', id: `${REGION}/gone-1` },
        {
          __typename: 'Backup',
          regionId: REGION,
          instanceId: 'mysql-wp4e9ztap2',
          backupId: 'b-2',
        },
        { __typename: 'DatabaseInstance', regionId: REGION, instanceId: 'mysql-wp4e9ztap2' },
      ],
      fileName: 'shop.bak',
    });
    expect(data._entities).toEqual([
      {
        __typename: 'Backup',
        id: `${REGION}/sqlserver-83uqv7avy4/b-1`,
        status: 'COMPLETED',
        downloadURL: { __typename: 'SqlServerBackupDownloadURL' },
      },
      null,
      null,
      {
        __typename: 'Backup',
        id: `${REGION}/mysql-wp4e9ztap2/b-2`,
        status: 'COMPLETED',
        downloadURL: null,
      },
      { __typename: 'DatabaseInstance', id: `${REGION}/mysql-wp4e9ztap2`, engine: 'MYSQL' },
    ]);
    expect(errors).toMatchObject([
      {
        path: ['_entities', 3, 'downloadURL'],
        extensions: { code: 'FILE_NAME_NOT_SUPPORTED' },
      },
    ]);
  });

  it('with an invalid id fail alone', async () => {
    await start({ backups: rowsOf('i-1', 1) });
    const invalid = [
      { __typename: 'Backup', id: 'nonsense' },
      { __typename: 'Backup', id: { toString: 1 } },
      { __typename: 'Backup' },
      { __typename: 'Backup', regionId: REGION, instanceId: '../x', backupId: 'b-0' },
      { __typename: 'DatabaseInstance', id: `${REGION}/a/b` },
    ];
    const { data, errors, status } = await product.query(STATUSES, {
      representations: [backup('i-1', 'b-0'), ...invalid],
    });
    expect(status).toBe(200);
    expect(data._entities).toEqual([
      { id: `${REGION}/i-1/b-0`, status: 'COMPLETED' },
      ...invalid.map(() => null),
    ]);
    expect(errors).toMatchObject(
      invalid.map((_, i) => ({ path: ['_entities', i + 1], extensions: { code: 'INVALID_ID' } })),
    );
  });

  it('fail alone if their list fails, beside others that succeed', async () => {
    await start({ backups: [...rowsOf('i-1', 2), ...rowsOf('i-2', 2)] });
    const rows = rowsOf('i-1', 2);
    upstream.handle('describeBackups', ({ instanceId }) =>
      instanceId === 'i-1'
        ? ok({ backup: rows, totalCount: 2 })
        : fail(429, 'RATE_LIMIT', { requestId: 'req-429', headers: { 'retry-after': '7' } }),
    );
    const { data, errors, status } = await product.query(STATUSES, {
      representations: [backup('i-1', 'b-0'), backup('i-2', 'b-0'), backup('i-1', 'b-1')],
    });
    expect(status).toBe(200);
    expect(data._entities.map((entity: Row | null) => entity?.['status'])).toEqual([
      'COMPLETED',
      undefined,
      'COMPLETED',
    ]);
    expect(errors).toMatchObject([
      {
        path: ['_entities', 1],
        extensions: { code: 'UPSTREAM_THROTTLED', retryAfter: 7, requestId: 'req-429' },
      },
    ]);
  });
});

describe('upstream calls for entities', () => {
  it('of one instance with 250 backups are 3 lists', async () => {
    await start({ backups: rowsOf('i-1', 250) });
    const representations = Array.from({ length: 250 }, (_, i) => backup('i-1', `b-${i}`));
    const { data } = await product.query(STATUSES, { representations });
    expect(data._entities.filter(Boolean)).toHaveLength(250);
    expect(upstream.counts()).toEqual({ describeBackups: 3 });
  });

  it('of three instances with links are three lists and one list of instances', async () => {
    const names = ['i-1', 'i-2', 'i-3'];
    let lists = 0;
    await start({
      backups: names.flatMap((name) => rowsOf(name, 40)),
      instances: names.map((instanceId) => mySqlInstanceRow({ instanceId })),
    });
    // The lists arrive one by one, so the engines are needed at different times.
    const arrived: (() => void)[] = [];
    upstream.handle('describeBackups', async ({ instanceId }): Promise<Reply> => {
      const turn = lists++;
      if (turn < 2) await new Promise<void>((resolve) => arrived.push(resolve));
      else setImmediate(() => arrived.forEach((resolve) => resolve()));
      return ok({ backup: rowsOf(instanceId!, 40), totalCount: 40 });
    });
    const { data, errors } = await product.query(ENTITIES, {
      representations: Array.from({ length: 90 }, (_, i) => backup(names[i % 3]!, `b-${i % 40}`)),
    });
    expect(errors).toEqual([]);
    expect(data._entities).toHaveLength(90);
    expect(upstream.counts()).toMatchObject({ describeBackups: 3, describeInstances: 1 });
    expect(upstream.calls('describeInstanceAttributes')).toHaveLength(0);
  });

  it('read no list of instances that costs more than single lookups', async () => {
    const many = Array.from({ length: 450 }, (_, i) => mySqlInstanceRow({ instanceId: `m-${i}` }));
    await start({ instances: many });
    const representations = ['m-420', 'm-430'].map((name) => ({
      __typename: 'DatabaseInstance',
      id: `${REGION}/${name}`,
    }));
    const { data } = await product.query(ENTITIES, { representations });
    expect(data._entities.map((entity: Row) => entity['engine'])).toEqual(['MYSQL', 'MYSQL']);
    expect(upstream.counts()).toEqual({ describeInstances: 1, describeInstanceAttributes: 2 });
  });
});
