import { expect, it } from '@jest/globals';
import { opaqueTagOf, parseEntityTags, strongTagOf } from '../../../src/domain/entity-tag.js';

it.each<[string, string[]]>([
  ['"a"', ['"a"']],
  ['""', ['""']],
  ['"a", W/"b"', ['"a"', 'W/"b"']],
  [' ,\t"a,b" ,, "c",', ['"a,b"', '"c"']],
  ['"a","b"', ['"a"', '"b"']],
  ['"W/"', ['"W/"']],
  ['', []],
  [',', []],
  ['a', []],
  ['"a', []],
  ['"a" "b"', []],
  ['"a", b, "c"', []],
  ['"a" W/"b"', []],
  ['w/"a"', []],
  ['W/ "a"', []],
  ['"a b"', []],
  ['"a", x', []],
])('a list of entity tags %s', (header, tags) => {
  expect(parseEntityTags(header)).toEqual(tags);
});

it.each([
  ['"a"', '"a"'],
  [' "a b" ', '"a b"'],
  ['""', '""'],
  ['W/"a"', null],
  ['"', null],
  ['a', null],
  [null, null],
])('the strong tag of %s is %s', (header, tag) => {
  expect(strongTagOf(header)).toBe(tag);
});

it('compares weakly without W/', () => {
  expect(['W/"a"', '"W/"'].map(opaqueTagOf)).toEqual(['"a"', '"W/"']);
});
