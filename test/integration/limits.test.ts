import { describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { BackupLinksPageDocument } from '../generated/operations.js';
import { useProduct, startProductAt } from '../helpers/product.js';
import { aliasedLinks, repeat } from '../helpers/query-shapes.js';
import {
  backupRow,
  instanceRow,
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
  SQL_INSTANCE,
} from '../helpers/upstream-rows.js';

const FILES = ['shop.bak', 'crm.bak', 'log.bak'];
const ID = `${REGION}/${SQL_INSTANCE}/s-0`;

const { product, upstream } = await useProduct({
  instances: [instanceRow(), mySqlInstanceRow()],
  backups: [
    ...Array.from({ length: 10 }, (_, i) => backupRow({ backupId: `s-${i}`, backupFiles: FILES })),
    ...Array.from({ length: 100 }, (_, i) => mySqlBackupRow({ backupId: `m-${i}` })),
  ],
});

const linkCalls = () => upstream.calls('describeBackupDownloadURL').length;

describe('the default limits pass', () => {
  it('10 backups with the links of their 3 files', async () => {
    const { data, errors } = await product.query(
      `query ($r: ID!, $i: ID!) { backups(regionId: $r, instanceId: $i, first: 10) {
        nodes { id engine instance { id } files { name downloadURL { publicURL expiresAt } } } } }`,
      { r: REGION, i: SQL_INSTANCE },
    );
    expect(errors).toEqual([]);
    expect(data.backups.nodes).toHaveLength(10);
    expect(linkCalls()).toBe(30);
  });

  it('10 backups with 3 files each, written out with aliases', async () => {
    const links = FILES.map(
      (name, i) => `f${i}: downloadURL(fileName: "${name}") { __typename ...L }`,
    ).join(' ');
    const document = `{ ${repeat(
      10,
      (i) => `b${i}: backup(id: "${REGION}/${SQL_INSTANCE}/s-${i}") { id ${links} }`,
    )} } fragment L on DownloadLink { publicURL internalURL expiresAt available }`;
    const { errors } = await product.query(document);
    expect(errors).toEqual([]);
    expect(upstream.counts()).toEqual({ describeBackups: 1, describeBackupDownloadURL: 30 });
  });

  it('100 entities with their links and instances', async () => {
    const { data, errors } = await product.query(
      `query ($r: [_Any!]!) { _entities(representations: $r) {
        ... on Backup { id engine instance { name } downloadURL { __typename } } } }`,
      {
        r: Array.from({ length: 100 }, (_, i) => ({
          __typename: 'Backup',
          id: `${REGION}/${MYSQL_INSTANCE}/m-${i}`,
        })),
      },
    );
    expect(errors).toEqual([]);
    expect(data._entities).toHaveLength(100);
    expect(upstream.counts()).toEqual({
      describeBackups: 1,
      describeInstanceAttributes: 1,
      describeBackupDownloadURL: 100,
    });
  });

  it('the introspection query of tools', async () => {
    const { data, errors } = await product.query(getIntrospectionQuery());
    expect(errors).toEqual([]);
    expect(data.__schema.queryType.name).toBe('Query');
  });
});

const LISTS = (instances: number, backups: string, selection: string): string =>
  `query ($n: Int) { instances(regionId: "r", first: ${instances}) { nodes {
    backups(first: ${backups}) { nodes { ${selection} } } } } }`;

const entities = (count: number) => ({
  r: Array.from({ length: count }, (_, i) => ({ __typename: 'Backup', id: `r/i/b-${i}` })),
});

describe('a query that requests too much', () => {
  it.each<[what: string, code: string, says: RegExp, document: string, variables?: object]>([
    [
      '100 aliases of a link',
      'QUERY_TOO_COMPLEX',
      /aliases: 100; the limit is 45/,
      `{ backup(id: "${ID}") { ${aliasedLinks(100)} } }`,
    ],
    [
      'long aliases over lists of lists',
      'QUERY_TOO_COMPLEX',
      /names and aliases in the response could take \d+ bytes; the limit is 10485760/,
      `query ($r: [_Any!]!) { _entities(representations: $r) { ... on DatabaseInstance {
         backups(first: 100) { nodes { ${repeat(40, (i) => `${'n'.repeat(250)}${i}: name`)} } } } } }`,
      { r: Array.from({ length: 40 }, () => ({ __typename: 'DatabaseInstance', id: 'r/i' })) },
    ],
    [
      'more links than 100 over a list whose size is a variable',
      'TOO_MANY_LINKS',
      /150 links; the limit is 100/,
      `query ($n: Int) { backups(regionId: "r", instanceId: "i", first: $n) { nodes { ${aliasedLinks(3)} } } }`,
      { n: 50 },
    ],
    [
      'more representations than 500 in two fields',
      'QUERY_TOO_COMPLEX',
      /600 representations/,
      'query ($r: [_Any!]!) { a: _entities(representations: $r) { __typename } b: _entities(representations: $r) { __typename } }',
      entities(300),
    ],
  ])('%s: %s', async (_what, code, says, document, ...[variables]) => {
    const { status, errors, data } = await product.query(document, { ...variables });
    expect(status).toBe(400);
    expect(data).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions.code).toBe(code);
    expect(errors[0]?.message).toMatch(says);
    expect(upstream.calls()).toHaveLength(0);
  });

  it('is measured by the operation that runs, with the selections its variables include', async () => {
    const document = `
      query Small($id: ID!, $all: Boolean!) {
        backup(id: $id) { name downloadURL(fileName: "shop.bak") @include(if: $all) { __typename } }
      }
      query Large { instances(regionId: "r") { nodes { backups { nodes { downloadURL { __typename } } } } } }`;
    const send = async (operationName: string) =>
      (await product.post({ query: document, operationName, variables: { id: ID, all: false } }))
        .status;
    expect(await send('Small')).toBe(200);
    expect(upstream.counts()).toEqual({ describeBackups: 1 });
    expect(await send('Large')).toBe(400);
    expect(upstream.calls()).toHaveLength(1);
  });

  it('does not slip through with an invalid argument', async () => {
    const { status, errors } = await product.query(
      `query ($id: ID = "x", $n: Int) {
        backup(id: $id) { id }
        ${LISTS(100, '$n', 'id').slice('query ($n: Int) {'.length)}`,
      { id: null, n: 100 },
    );
    expect({ status, code: errors[0]?.extensions.code }).toEqual({
      status: 400,
      code: 'BAD_USER_INPUT',
    });
    expect(upstream.calls()).toHaveLength(0);
  });

  it('is rejected again when its document is cached', async () => {
    const document = LISTS(100, '$n', 'id');
    expect((await product.query(document, { n: 1 })).status).toBe(200);
    upstream.reset();
    expect((await product.query(document, { n: 100 })).status).toBe(400);
    expect(upstream.calls()).toHaveLength(0);
  });
});

it('the actual calls of an operation are counted as a backstop', async () => {
  const limited = await startProductAt(upstream.origin, { MAX_UPSTREAM_CALLS_PER_OPERATION: '4' });
  const { data, errors } = await limited.query(BackupLinksPageDocument, {
    regionId: REGION,
    instanceId: MYSQL_INSTANCE,
    first: 5,
  });
  expect(upstream.calls()).toHaveLength(4);
  expect(data.backups?.nodes.filter((node) => node.downloadURL !== null)).toHaveLength(2);
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(
    Array.from({ length: 3 }, () => 'QUERY_TOO_COMPLEX'),
  );
});

it('limits come from the settings', async () => {
  const limited = await startProductAt(upstream.origin, {
    MAX_QUERY_TOKENS: '40',
    MAX_QUERY_SELECTIONS: '6',
    MAX_QUERY_DEPTH: '3',
    MAX_QUERY_ALIASES: '1',
    MAX_QUERY_COST: '30',
    MAX_ENTITIES: '1',
    MAX_LINKS_PER_OPERATION: '1',
  });
  const codeOf = async (document: string, variables = {}) => {
    const { errors } = await limited.query(document, variables);
    return errors[0]?.message;
  };
  const answers = [
    await codeOf(`{ ${repeat(39, () => '__typename')} }`),
    await codeOf(`{ ${repeat(7, () => '__typename')} }`),
    await codeOf('{ backup(id: "r/i/b") { instance { backups { totalCount } } } }'),
    await codeOf('{ a: __typename b: __typename }'),
    await codeOf('{ instances(regionId: "r", first: 21) { nodes { id } } }'),
    await codeOf(
      '{ backup(id: "r/i/b") { x: downloadURL { __typename } downloadURL(expiresIn: 1) { __typename } } }',
    ),
    await codeOf(
      'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
      entities(2),
    ),
  ];
  expect(answers).toEqual([
    'The query is too long; the limit is 40 tokens.',
    'The query selects too much; the limit is 6 selections.',
    'The query is too deep: 4 levels of fields; the limit is 3.',
    'The query has too many aliases: 2; the limit is 1.',
    'The query could cost 31 points; the limit is 30. Request less at once.',
    expect.stringContaining('2 links; the limit is 1'),
    expect.stringContaining('2 representations; the limit is 1'),
  ]);
  expect(upstream.calls()).toHaveLength(0);
});
