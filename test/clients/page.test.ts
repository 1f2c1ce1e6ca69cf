import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { ADVICE } from './recipes/advice.js';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const RECIPES = 'test/clients/recipes';
const EXAMPLE = 'examples/react/src';
const pages = ['docs/frontend.md', 'docs/react.md'].map(read);
const blocks = pages.flatMap((page) =>
  [...page.matchAll(/^```(\w+) ?(\S*)\n(.*?)^```$/gms)].map(
    ([, language = '', path = '', text = '']) => ({ language, path, text }),
  ),
);
const links = pages.flatMap((page) =>
  [...page.matchAll(/\]\(\.\.\/([^)#]+)\)/g)].map(([, path = '']) => path),
);

describe('the frontend guide', () => {
  it('names every recipe but the form of answers they share, and every file of the example', () => {
    const filesIn = (folder: string, kept: (name: string) => boolean): string[] =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.includes('.') && kept(name))
        .map((name) => `${folder}/${name}`);
    const files = [
      ...filesIn(RECIPES, (name) => name !== 'answer.ts'),
      ...filesIn(EXAMPLE, (name) => !name.includes('generated') && name !== 'main.tsx'),
    ];
    expect(files.filter((path) => !links.includes(path))).toEqual([]);
  });

  it('shows the query as sent', () => {
    const queries = blocks.filter(({ language }) => language === 'graphql');
    expect(queries).toHaveLength(1);
    expect(queries[0]!.text).toBe(read(queries[0]!.path));
  });

  it('contains no code that no test runs', () => {
    expect(blocks.filter(({ language }) => /^[jt]sx?$/.test(language))).toEqual([]);
  });

  it('lists the advice and action for every code', () => {
    const rows = [...pages[0]!.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(
      ([, code, sentence, offer]) => [code, [sentence, offer]] as const,
    );
    expect(rows).toHaveLength(Object.keys(ADVICE).length);
    expect(Object.fromEntries(rows)).toEqual(ADVICE);
  });
});
