import { describe, expect, it } from '@jest/globals';
import { type DocumentNode, parse } from 'graphql';
import { createDocumentStore } from '../../../src/graphql/document-store.js';

async function keptOf(documents: readonly DocumentNode[]): Promise<number> {
  const store = createDocumentStore();
  for (const [index, document] of documents.entries()) await store.set(String(index), document);
  const found = await Promise.all(documents.map((_, index) => store.get(String(index))));
  return found.filter((document) => document !== undefined).length;
}

const many = (count: number, text: (index: number) => string): DocumentNode[] =>
  Array.from({ length: count }, (_, index) => parse(text(index)));

describe('the document store', () => {
  it('returns stored documents and deletes on request', async () => {
    const store = createDocumentStore();
    const document = parse('{ __typename }');
    await store.set('a', document);
    expect(await store.get('a')).toBe(document);
    expect(await store.delete('a')).toBe(true);
    expect(await store.get('a')).toBeUndefined();
  });

  it('measures the source including comments, not the printed document', async () => {
    const comment = 'x'.repeat(65_000);
    const kept = await keptOf(many(300, (index) => `#${index}${comment}\n{ __typename }`));
    expect(kept).toBeGreaterThan(50);
    expect(kept * 65_000 * 2).toBeLessThan(16 * 1024 * 1024);
  });

  it('counts tokens, since a parsed document takes a hundred times the memory of its text', async () => {
    const kept = await keptOf(many(200, (index) => `{ a${index} ${'a '.repeat(1000)} }`));
    expect(kept).toBeLessThan(50);
  });

  it('does not cache a document that would evict all others', async () => {
    expect(await keptOf(many(1, () => `#${'x'.repeat(1_000_000)}\n{ a }`))).toBe(0);
  });

  it('evicts the oldest documents first', async () => {
    const store = createDocumentStore();
    const documents = many(1001, (index) => `{ a${index}: __typename }`);
    for (const [index, document] of documents.entries()) await store.set(String(index), document);
    expect(await store.get('0')).toBeUndefined();
    expect(await store.get('1000')).toBe(documents[1000]);
  });
});
