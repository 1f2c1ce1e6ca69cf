import { describe, expect, it } from '@jest/globals';
import { MAX_NAME_LENGTH, shapeFault } from '../../../../src/graphql/limits/document-shape.js';

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
    expect(shapeFault(document)).toBe(
      'A name in the query is too long; the limit is 255 characters.',
    );
    expect(shapeFault(document.replaceAll(tooLong, longest))).toBeNull();
  });

  it.each([
    `{ a(b: "${tooLong}") }`,
    `{ a(b: """${tooLong}""") }`,
    `# ${tooLong}\n{ a }`,
    `{ a(b: 1${'0'.repeat(500)}) }`,
    `{ é${tooLong}`,
  ])('is not mistaken for a string, comment, number or syntax error: %#', (document) => {
    expect(shapeFault(document)).toBeNull();
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
      expect(shapeFault(document)).toBe(
        'The query is nested too deeply; the limit is 200 open brackets.',
      );
    }
  });

  it.each([
    ['side by side', `{a(b:[${'[]'.repeat(900)}])}`],
    ['in a text', `{a(b:"${'['.repeat(900)}")}`],
    ['in a comment', `#${'{'.repeat(900)}\n{a}`],
  ])('is not one with many brackets %s', (_where, document) => {
    expect(shapeFault(document)).toBeNull();
  });

  it('is found after closing brackets in a string', () => {
    expect(shapeFault(`{a(b:["${']'.repeat(500)}"${'['.repeat(200)}`)).toMatch(/too deep/);
  });
});
