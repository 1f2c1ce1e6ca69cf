import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { ADVICE } from './recipes/advice.js';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const RECIPES = 'test/clients/recipes';
const pages = ['docs/frontend.md', 'docs/react.md'].map(read);
const blocks = pages.flatMap((page) =>
  [...page.matchAll(/^```(\w+) ?(\S*)\n(.*?)^```$/gms)].map(
    ([, language = '', path = '', text = '']) => ({ language, path, text }),
  ),
);
const recipes = blocks.filter(({ path }) => path.startsWith(RECIPES));

describe('the frontend guide', () => {
  it.each(recipes)('shows $path as tested', ({ path, text }) => {
    expect(text).toBe(read(path));
  });

  it('shows every recipe, and the advice as a table', () => {
    const files = readdirSync(new URL(RECIPES, root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.includes('.'))
      .map((name) => `${RECIPES}/${name}`);
    const shown = [...recipes.map(({ path }) => path), `${RECIPES}/advice.ts`];
    expect(shown.sort()).toEqual(files.sort());
  });

  it('shows the query as sent', () => {
    const queries = blocks.filter(({ language }) => language === 'graphql');
    expect(queries).toHaveLength(1);
    expect(queries[0]!.text).toBe(read(queries[0]!.path));
  });

  it('contains no other TypeScript', () => {
    const code = blocks.filter(({ language }) => /^[jt]sx?$/.test(language));
    expect(code.filter(({ path }) => !path.startsWith(RECIPES))).toEqual([]);
  });

  it('lists the advice and action for every code', () => {
    const rows = [...pages[0]!.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(
      ([, code, sentence, offer]) => [code, [sentence, offer]] as const,
    );
    expect(rows).toHaveLength(Object.keys(ADVICE).length);
    expect(Object.fromEntries(rows)).toEqual(ADVICE);
  });
});
