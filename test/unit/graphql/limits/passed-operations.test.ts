import { describe, expect, it } from '@jest/globals';
import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import { createPassedOperations } from '../../../../src/graphql/limits/passed-operations.js';

function operationOf(document: string): OperationDefinitionNode {
  const [definition] = parse(document).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  return definition;
}

const operation = operationOf(
  'query ($first: Int, $links: Boolean, $of: [_Any!], $id: ID) { __typename }',
);

describe('an operation that passed the limits', () => {
  it.each<[what: string, passed: object, asked: object]>([
    ['ids', { id: 'a' }, { id: 'b' }],
    ['values of a list as long', { of: [{ id: 'a' }] }, { of: [{ id: 'b' }] }],
    ['variables it does not declare', { first: 1 }, { first: 1, other: 5 }],
  ])('is recognized with different %s', (_what, passed, asked) => {
    const operations = createPassedOperations();
    operations.add(operation, { ...passed }, 7);
    expect(operations.get(operation, { ...asked })).toBe(7);
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
  ])('is not recognized with a different %s', (_what, passed, asked) => {
    const operations = createPassedOperations();
    operations.add(operation, { ...passed }, 7);
    expect(operations.get(operation, { ...asked })).toBeUndefined();
  });

  it('is not another operation with the same text', () => {
    const operations = createPassedOperations();
    operations.add(operation, {}, 7);
    expect(operations.get(operationOf('{ __typename }'), {})).toBeUndefined();
  });

  it('is forgotten once the variants of all operations exceed a million characters', () => {
    const operations = createPassedOperations();
    const wide = operationOf('query ($a: Float) { __typename }');
    operations.add(wide, { a: 1 }, 7);
    const filler = Array.from({ length: 100 }, (_, index) => `$f${index}: Int`).join(' ');
    for (let round = 0; round < 2000; round += 1) {
      const values = Array.from({ length: 100 }, (_, index) => [`f${index}`, 10_000 + round]);
      operations.add(
        operationOf(`query (${filler}) { __typename }`),
        Object.fromEntries(values) as Record<string, number>,
        7,
      );
    }
    expect(operations.get(wide, { a: 1 })).toBeUndefined();
  });

  it('is forgotten once it has a hundred variants', () => {
    const operations = createPassedOperations();
    for (let first = 1; first <= 101; first += 1) operations.add(operation, { first }, 7);
    expect(operations.get(operation, { first: 1 })).toBeUndefined();
    expect(operations.get(operation, { first: 101 })).toBe(7);
  });
});
