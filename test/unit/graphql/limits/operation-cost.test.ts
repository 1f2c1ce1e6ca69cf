import { describe, expect, it } from '@jest/globals';
import {
  getVariableValues,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import {
  CALLING_FIELDS,
  costOf,
  createKnownCosts,
} from '../../../../src/graphql/limits/operation-cost.js';
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

function operationOf(document: string): OperationDefinitionNode {
  const [definition] = parse(document).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  return definition;
}

const operation = operationOf(
  'query ($first: Int, $links: Boolean, $of: [_Any!], $id: ID) { __typename }',
);

/** Whether the cost was measured, not remembered. */
function measured(
  costs: ReturnType<typeof createKnownCosts>,
  variables: Record<string, unknown>,
  of = operation,
): boolean {
  let isMeasured = false;
  costs(of, variables, () => {
    isMeasured = true;
    return { points: 0, links: 0, bytes: 0, entities: 0 };
  });
  return isMeasured;
}

describe('a known cost', () => {
  it.each<[what: string, passed: object, asked: object]>([
    ['ids', { id: 'a' }, { id: 'b' }],
    ['values of a list as long', { of: [{ id: 'a' }] }, { of: [{ id: 'b' }] }],
    ['variables it does not declare', { first: 1 }, { first: 1, other: 5 }],
  ])('is known with different %s', (_what, passed, asked) => {
    const costs = createKnownCosts();
    measured(costs, { ...passed });
    expect(measured(costs, { ...asked })).toBe(false);
  });

  it.each<[what: string, passed: object, asked: object]>([
    ['number', { first: 1 }, { first: 100 }],
    ['boolean', { links: false }, { links: true }],
    ['longer list', { of: [{}] }, { of: [{}, {}] }],
    ['null in place of a value', { id: 'a' }, { id: null }],
    ['null in place of nothing', {}, { first: null }],
    ['variable that is left out', { first: 1 }, {}],
    ['variable in the place of another', { first: 1 }, { of: [1] }],
    ['text that reads like a number', { first: 100 }, { first: '100' }],
    ['text that reads like a list', { of: [{}] }, { of: 'list of 1' }],
  ])('is measured for a different %s', (_what, passed, asked) => {
    const costs = createKnownCosts();
    measured(costs, { ...passed });
    expect(measured(costs, { ...asked })).toBe(true);
  });

  it('is not another operation with the same text', () => {
    const costs = createKnownCosts();
    measured(costs, {});
    expect(measured(costs, {}, operationOf('{ __typename }'))).toBe(true);
  });

  it('is measured again once it has twenty variants, or one is long', () => {
    const costs = createKnownCosts();
    for (let first = 1; first <= 21; first += 1) measured(costs, { first });
    expect(measured(costs, { first: 1 })).toBe(true);
    expect(measured(costs, { first: 21 })).toBe(false);
    const many = operationOf(
      `query (${Array.from({ length: 30 }, (_, i) => `$v${i}: ID`).join(' ')}) { __typename }`,
    );
    const values = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`v${i}`, 'text']));
    expect([measured(costs, values, many), measured(costs, values, many)]).toEqual([true, true]);
  });

  it('is measured again where its variables were invalid', () => {
    const costs = createKnownCosts();
    expect(costs(operation, {}, () => null)).toBeNull();
    expect(measured(costs, {})).toBe(true);
  });
});
