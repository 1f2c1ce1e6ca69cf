import { describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery, print } from 'graphql';
import { documentFault, MAX_NAME_LENGTH } from '../../../../src/graphql/limits/document-bounds.js';
import * as operations from '../../../generated/operations.js';
import { repeat } from '../../../helpers/query-shapes.js';

const LIMITS = { characters: 65_536, tokens: 10_000, selections: 1000, depth: 15, aliases: 45 };

const faultOf = (document: string): string | null => documentFault(document, LIMITS);

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
    for (const document of generated) expect(faultOf(print(document as never))).toBeNull();
    expect(faultOf(getIntrospectionQuery())).toBeNull();
    expect(faultOf(components(40, '__typename id name'))).toBeNull();
    expect(faultOf(shared(10, 30))).toBeNull();
  });
});

describe('aliases of schema fields beyond five are refused', () => {
  const aliases = (count: number, field: string) => repeat(count, (i) => `a${i}: ${field}`);

  it.each<[what: string, count: number, document: string]>([
    ['in introspection', 40, `{ __schema { types { fields { ${aliases(40, 'description')} } } } }`],
    [
      'in a fragment on a type of introspection',
      20,
      `{ ${aliases(4, '__type(name: "Backup") { ...T }')} }
       fragment T on __Type { ${aliases(4, 'description')} }`,
    ],
    ['beside the field without one', 6, `{ _service { sdl ${aliases(6, 'sdl')} } }`],
    [
      'in fragments in each other',
      8,
      `{ ${aliases(2, '_service { ...Q }')} }
       fragment Q on _Service { ... { ...S } } fragment S on _Service { ${aliases(3, 'sdl')} }`,
    ],
    [
      'in a fragment on the root',
      6,
      `{ ...R _service { ${aliases(2, 'sdl')} } }
       fragment R on Query { s: __schema { t: types { name } } t: __type(name: "x") { n: name } }`,
    ],
  ])('%s', (_what, count, document) => {
    expect(faultOf(document)).toMatch(`aliases on schema fields: ${count}; the limit is 5`);
  });

  it('each time a fragment is spread, as are others beyond 45', () => {
    const document = `{ ${repeat(20, (i) => `r${i}: backup(id: "b") { ...L }`)} }
      fragment L on Backup { ${aliases(10, 'name')} }`;
    expect(faultOf(document)).toMatch('aliases: 220; the limit is 45');
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

const longest = 'n'.repeat(MAX_NAME_LENGTH);
const tooLong = `${longest}n`;

describe('a name that is too long', () => {
  it.each([
    `{ ${tooLong} }`,
    `{ ${tooLong}: __typename }`,
    `query ${tooLong} { __typename }`,
    `query ($${tooLong}: Int) { __typename }`,
    `query ($a: ${tooLong}) { __typename }`,
    `{ a(${tooLong}: 1) }`,
    `{ a(b: {${tooLong}: 1}) }`,
    `{ a(b: ${tooLong}) }`,
    `{ a @${tooLong} }`,
    `{ ...${tooLong} }`,
    `fragment ${tooLong} on Backup { id }`,
    `{ ... on ${tooLong} { id } }`,
    `{ a ${tooLong}`,
    `"${tooLong}" # ${tooLong}\n{ ${tooLong} }`,
  ])('is found anywhere: %#', (document) => {
    expect(faultOf(document)).toBe('A name in the query is too long; the limit is 255 characters.');
    expect(faultOf(document.replaceAll(tooLong, longest))).toBeNull();
  });

  it.each([
    `{ a(b: "${'x'.repeat(60_000)}") }`,
    `{ a(b: "${tooLong}") }`,
    `{ a(b: """${tooLong}""") }`,
    `# ${tooLong}\n{ a }`,
    `{ a(b: 1${'0'.repeat(500)}) }`,
    `{ é${tooLong}`,
  ])('is not mistaken for a string, comment, number or syntax error: %#', (document) => {
    expect(faultOf(document)).toBeNull();
  });
});

describe('a document nested too deeply', () => {
  it.each([
    ['{a(b:', '[', ']'],
    ['{a(b:', '{c:', '}'],
    ['', '{a', '}'],
    ['', '{...', '}'],
    ['query($a:', '[', ']'],
    ['{a', '(', ')'],
  ])('has 201 open brackets, closed later or not: %s %s', (start, open, close) => {
    for (const end of ['', close]) {
      const times = 201;
      const document = `${start}${open.repeat(times)}${end.repeat(times)}`;
      expect(faultOf(document)).toBe(
        'The query is nested too deeply; the limit is 200 open brackets.',
      );
    }
  });

  it.each([
    ['side by side', `{a(b:[${'[]'.repeat(900)}])}`],
    ['in a text', `{a(b:"${'['.repeat(900)}")}`],
    ['in a comment', `#${'{'.repeat(900)}\n{a}`],
  ])('is not one with many brackets %s', (_where, document) => {
    expect(faultOf(document)).toBeNull();
  });

  it('is found after closing brackets in a string', () => {
    expect(faultOf(`{a(b:["${']'.repeat(500)}"${'['.repeat(200)}`)).toMatch(/too deep/);
  });
});
