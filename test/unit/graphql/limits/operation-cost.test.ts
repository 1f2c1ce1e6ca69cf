import { describe, expect, it } from '@jest/globals';
import { getVariableValues, isObjectType, Kind, parse } from 'graphql';
import { CALLING_FIELDS, costOf } from '../../../../src/graphql/limits/operation-cost.js';
import { createSchema } from '../../../../src/graphql/schema.js';

const schema = createSchema();

function measure(document: string, variables = {}) {
  const [operation, ...fragments] = parse(document).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation first');
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  return costOf({
    schema,
    operation,
    fragments: Object.fromEntries(
      fragments.flatMap((node) =>
        'name' in node && node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [],
      ),
    ),
    variables: coerced ?? {},
  });
}

describe('the cost of a query', () => {
  it.each<[string, object, { points: number; links: number }]>([
    ['{ __typename }', {}, { points: 0, links: 0 }],
    ['{ _service { sdl } }', {}, { points: 1, links: 0 }],
    ['{ backup(id: "b") { id name } }', {}, { points: 10, links: 0 }],
    ['{ backup(id: "b") { engine downloadURL { __typename } } }', {}, { points: 30, links: 1 }],
    // 10 + 5 files with a link each
    ['{ backup(id: "b") { files { downloadURL { __typename } } } }', {}, { points: 61, links: 1 }],
    // 10 + 20 rows
    ['{ backups(regionId: "r", instanceId: "i") { nodes { id } } }', {}, { points: 30, links: 0 }],
    [
      '{ backups(regionId: "r", instanceId: "i", first: null) { nodes { id } } }',
      {},
      { points: 30, links: 0 },
    ],
    [
      '{ backups(regionId: "r", instanceId: "i", first: -5) { nodes { id } } }',
      {},
      { points: 11, links: 0 },
    ],
    [
      '{ backups(regionId: "r", instanceId: "i", first: 101) { nodes { id } } }',
      {},
      { points: 110, links: 0 },
    ],
    [
      'query ($n: Int) { backups(regionId: "r", instanceId: "i", first: $n) { nodes { downloadURL { __typename } } } }',
      { n: 50 },
      { points: 10 + 50 * 11, links: 50 },
    ],
    [
      'query ($n: Int = 2) { backups(regionId: "r", instanceId: "i", first: $n) { edges { node { ...F } } } } fragment F on Backup { downloadURL { __typename } }',
      {},
      { points: 10 + 2 * 12, links: 2 },
    ],
    [
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Backup { downloadURL { __typename } } ... on DatabaseInstance { name } } }',
      { r: [{}, {}, {}] },
      { points: 10 + 3 * 10, links: 3 },
    ],
    [
      'query ($w: Boolean!) { backup(id: "b") { downloadURL @include(if: $w) { __typename } } }',
      { w: false },
      { points: 10, links: 0 },
    ],
  ])('%s %j: %j', (document, variables, expected) => {
    expect(measure(document, variables)).toMatchObject(expected);
  });

  it('counts names and aliases once per possible row', () => {
    const { bytes } = measure(
      '{ b: backups(regionId: "r", instanceId: "i", first: 100) { nodes { long: id ...F } } } fragment F on Backup { name }',
    );
    expect(bytes).toBe(1 + 8 + 100 * (5 + 8 + (4 + 8 + 4 + 8)));
  });

  it('counts the most costly member of a union, and representations', () => {
    const cost = measure(
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Backup { a: downloadURL { __typename } } ... on DatabaseInstance { backups { nodes { downloadURL { __typename } } } } } }',
      { r: [{}, {}] },
    );
    expect(cost).toMatchObject({ entities: 2, links: 2 * 20 });
  });

  it('knows every field that calls upstream by its name in the schema', () => {
    const unknown = [...CALLING_FIELDS].filter((name) => {
      const [typeName = '', fieldName = ''] = name.split('.');
      const type = schema.getType(typeName);
      return !isObjectType(type) || !(fieldName in type.getFields());
    });
    expect(unknown).toEqual([]);
  });
});
