import { describe, expect, it } from '@jest/globals';
import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import { createKnownCosts, type KnownCosts } from '../../../../src/graphql/limits/known-costs.js';

function operationOf(document: string): OperationDefinitionNode {
  const [definition] = parse(document).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  return definition;
}

const operation = operationOf(
  'query ($first: Int, $links: Boolean, $of: [_Any!], $id: ID) { __typename }',
);

/** Whether the cost was measured, not remembered. */
function measured(costs: KnownCosts, variables: Record<string, unknown>, of = operation): boolean {
  let isMeasured = false;
  costs.of(of, variables, () => {
    isMeasured = true;
    return { points: 0, links: 0, bytes: 0, entities: 0 };
  });
  return isMeasured;
}

describe('the cost of an operation', () => {
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
    expect(costs.of(operation, {}, () => null)).toBeNull();
    expect(measured(costs, {})).toBe(true);
  });
});
