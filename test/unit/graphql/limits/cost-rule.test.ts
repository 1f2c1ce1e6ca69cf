import { describe, expect, it } from '@jest/globals';
import { isObjectType, parse } from 'graphql';
import { getComplexity } from 'graphql-query-complexity';
import {
  CALLING_FIELDS,
  costOfField,
  linksOfField,
} from '../../../../src/graphql/limits/cost-rule.js';
import { createSchema } from '../../../../src/graphql/schema.js';

const schema = createSchema();

const measure = (document: string, variables = {}) => {
  const query = parse(document);
  const sum = (estimator: typeof costOfField) =>
    getComplexity({ schema, query, variables, estimators: [estimator] });
  return { cost: sum(costOfField), links: sum(linksOfField) };
};

describe('the cost of a query', () => {
  it.each<[string, object, { cost: number; links: number }]>([
    ['{ __typename }', {}, { cost: 0, links: 0 }],
    ['{ _service { sdl } }', {}, { cost: 1, links: 0 }],
    ['{ backup(id: "b") { id name } }', {}, { cost: 10, links: 0 }],
    ['{ backup(id: "b") { engine downloadURL { __typename } } }', {}, { cost: 30, links: 1 }],
    // 10 + 5 files with a link each
    ['{ backup(id: "b") { files { downloadURL { __typename } } } }', {}, { cost: 61, links: 1 }],
    // 10 + 20 rows
    ['{ backups(regionId: "r", instanceId: "i") { nodes { id } } }', {}, { cost: 30, links: 0 }],
    [
      '{ backups(regionId: "r", instanceId: "i", first: null) { nodes { id } } }',
      {},
      { cost: 30, links: 0 },
    ],
    [
      '{ backups(regionId: "r", instanceId: "i", first: -5) { nodes { id } } }',
      {},
      { cost: 11, links: 0 },
    ],
    [
      '{ backups(regionId: "r", instanceId: "i", first: 101) { nodes { id } } }',
      {},
      { cost: 110, links: 0 },
    ],
    [
      'query ($n: Int) { backups(regionId: "r", instanceId: "i", first: $n) { nodes { downloadURL { __typename } } } }',
      { n: 50 },
      { cost: 10 + 50 * 11, links: 50 },
    ],
    [
      'query ($n: Int = 2) { backups(regionId: "r", instanceId: "i", first: $n) { edges { node { ...F } } } } fragment F on Backup { downloadURL { __typename } }',
      {},
      { cost: 10 + 2 * 12, links: 2 },
    ],
    [
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Backup { downloadURL { __typename } } ... on DatabaseInstance { name } } }',
      { r: [{}, {}, {}] },
      { cost: 10 + 3 * 10, links: 3 },
    ],
    [
      'query ($w: Boolean!) { backup(id: "b") { downloadURL @include(if: $w) { __typename } } }',
      { w: false },
      { cost: 10, links: 0 },
    ],
  ])('%s %j: %j', (document, variables, expected) => {
    expect(measure(document, variables)).toEqual(expected);
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
