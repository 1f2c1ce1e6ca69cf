import { describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery, parse } from 'graphql';
import { boundsFault } from '../../../../src/graphql/limits/document-bounds.js';
import * as operations from '../../../generated/operations.js';
import { repeat } from '../../../helpers/query-shapes.js';

const LIMITS = { selections: 1000, depth: 15, aliases: 45 };

const faultOf = (document: string): string | undefined =>
  boundsFault(parse(document), LIMITS)?.message;

/** `count` fragments that are spread side by side and select the same. */
const components = (count: number, selection: string) =>
  `{ backup(id: "b") { ${repeat(count, (i) => `...F${i}`)} } }
   ${repeat(count, (i) => `fragment F${i} on Backup { ${selection} }`)}`;

describe('a document that takes long to validate is refused before that:', () => {
  it.each<[what: string, document: string, says: RegExp]>([
    ['a field repeated 480 times', `{ ${repeat(480, () => 'regions { id }')} }`, /229920 pairs/],
    ['a leaf repeated', `{ ${repeat(102, () => '__typename')} }`, /5151 pairs/],
    [
      'fields that repeat fields',
      `{ ${repeat(20, () => `regions { ${'id '.repeat(6)} }`)} }`,
      /pairs/,
    ],
    [
      'a field repeated in inline fragments',
      `{ ${repeat(110, () => '... { __typename }')} }`,
      /pairs/,
    ],
    ['fragments that select the same', components(90, 'id name'), /pairs/],
    ['fragments side by side', components(102, 'id'), /pairs/],
    [
      'a fragment that nothing spreads',
      `{ __typename } fragment F on Query { ${repeat(102, () => '__typename')} }`,
      /pairs/,
    ],
    ['operations that share fragments', shared(120, 90), /10 times as many in all/],
    ['fragments that double', doubled(20), /1000 selections/],
    ['a fragment in itself', '{ ...F } fragment F on Query { regions { ...F } }', /too deep/],
    [
      'fragments in each other',
      '{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }',
      /1000 selections/,
    ],
  ])('%s', (_what, document, says) => {
    expect(faultOf(document)).toMatch(says);
  });

  it('but not what clients generate', () => {
    const generated = Object.values(operations).filter((value) => typeof value === 'object');
    expect(generated.length).toBeGreaterThan(5);
    for (const document of generated) expect(boundsFault(document as never, LIMITS)).toBeNull();
    expect(faultOf(getIntrospectionQuery())).toBeUndefined();
    expect(faultOf(components(40, '__typename id name'))).toBeUndefined();
    expect(faultOf(shared(10, 30))).toBeUndefined();
  });
});

/** Operations that each spread all of a chain of fragments. */
function shared(count: number, chain: number): string {
  return `${repeat(count, (i) => `query Q${i} { ...F0 }`)} fragment F${chain} on Query { regions { id } }
    ${repeat(chain, (i) => `fragment F${i} on Query { ...F${i + 1} }`)}`;
}

function doubled(levels: number): string {
  return `{ ...F0 } fragment F${levels} on Query { regions { id } }
    ${repeat(levels, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)}`;
}
