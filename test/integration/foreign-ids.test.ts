import { describe, expect, it } from '@jest/globals';
import { useProduct } from '../helpers/product.js';
import {
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
} from '../helpers/upstream-rows.js';

const { product, upstream } = await useProduct({
  instances: [mySqlInstanceRow()],
  backups: [mySqlBackupRow({ backupId: 'my-1' })],
});

const ENTITY = `query ($of: _Any!) { _entities(representations: [$of]) { __typename
  ... on Backup { id status } ... on DatabaseInstance { id engine } } }`;

/** Invalid ids as sent by other subgraphs, caches and attackers. */
const ids: readonly (readonly [what: string, id: string])[] = [
  ['nothing', ''],
  ['a global id of Relay', Buffer.from('RestoreRequest:r-1').toString('base64')],
  ['a URN', 'urn:example:ticket:r-1'],
  ['another operation', `../../instances/${MYSQL_INSTANCE}:deleteInstance?x=`],
  ['a slash at its end', `${REGION}/${MYSQL_INSTANCE}/my-1/`],
  ['percent-encoding', `${REGION}/${MYSQL_INSTANCE}/my%2D1`],
  ['a zero byte', `${REGION}/${MYSQL_INSTANCE}/my-1\0`],
  ['another script', `${REGION}/${MYSQL_INSTANCE}/备份`],
  ['10 KB in three parts', `${REGION}/${MYSQL_INSTANCE}/${'b'.repeat(10_240)}`],
];

/** Every way an id is passed. `field` is the path of the error. */
const doors: readonly (readonly [
  door: string,
  query: string,
  variables: (id: string) => Record<string, unknown>,
])[] = [
  ['backup(id:)', 'query ($id: ID!) { backup(id: $id) { id status } }', (id) => ({ id })],
  ['_entities, Backup by id', ENTITY, (id) => ({ of: { __typename: 'Backup', id } })],
  [
    '_entities, Backup by its parts',
    ENTITY,
    (id) => ({
      of: {
        __typename: 'Backup',
        regionId: REGION,
        instanceId: MYSQL_INSTANCE,
        backupId: `${id}/`,
      },
    }),
  ],
  ['_entities, DatabaseInstance', ENTITY, (id) => ({ of: { __typename: 'DatabaseInstance', id } })],
  [
    'instance(instanceId:)',
    'query ($id: ID!) { instance(regionId: "cn-north-1", instanceId: $id) { id } }',
    (id) => ({ id: `${id}/` }),
  ],
  [
    'backups(instanceId:)',
    'query ($id: ID!) { backups(regionId: "cn-north-1", instanceId: $id) { totalCount } }',
    (id) => ({ id: `${id}/` }),
  ],
  [
    'instances(regionId:)',
    'query ($id: ID!) { instances(regionId: $id) { totalCount } }',
    (id) => ({ id: `${id}/` }),
  ],
];

describe.each(doors)('%s', (_, query, variables) => {
  it.each(ids)('rejects %s before any call, without repeating it', async (_what, id) => {
    const { status, text, errors } = await product.query(query, variables(id));
    expect(status).toBe(200);
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_ID' } }]);
    expect(text.length).toBeLessThan(500);
    expect(upstream.calls()).toHaveLength(0);
  });
});

it('a backup that does not exist is null without an error', async () => {
  const id = `${REGION}/${MYSQL_INSTANCE}/gone`;
  const byId = await product.query('query ($id: ID!) { backup(id: $id) { status } }', { id });
  const entity = await product.query(ENTITY, { of: { __typename: 'Backup', id } });
  expect([byId.data, byId.errors]).toEqual([{ backup: null }, []]);
  expect([entity.data, entity.errors]).toEqual([{ _entities: [null] }, []]);
});

it.each(['RestoreRequest', 'Node', 'Query', 'BackupFile', '', '__proto__'])(
  'a representation of type %j is not an entity of this service',
  async (__typename) => {
    const of = { __typename, id: `${REGION}/${MYSQL_INSTANCE}/my-1` };
    const { errors, text } = await product.query(ENTITY, { of });
    expect(errors).toHaveLength(1);
    expect(text).not.toMatch(/INTERNAL_SERVER_ERROR/);
    expect(upstream.calls()).toHaveLength(0);
  },
);

it('leaves the field node to other subgraphs', async () => {
  const { status, errors } = await product.query('{ node(id: "r-1") { id } }');
  expect([status, errors[0]?.extensions.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
});
