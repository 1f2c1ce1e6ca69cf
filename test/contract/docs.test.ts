import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { describe, expect, it } from '@jest/globals';
import { settings } from '../../src/config/settings.js';
import { ERROR_CODES } from '../../src/domain/errors.js';
import { codeBlocks, headingsOf, tableRows } from '../helpers/markdown.js';

const read = (file: string): string => readFileSync(file, 'utf8');
const pages = [
  'README.md',
  'README.zh-CN.md',
  ...readdirSync('docs').map((name) => join('docs', name)),
].filter((file) => file.endsWith('.md'));
const configuration = read('docs/configuration.md');
/** Names in the first cell of a row, with the next cell. */
const rows = tableRows(configuration).flatMap(([names = '', told = '']) =>
  names.split(',').map((name) => ({ name: name.trim(), told: told.trim() })),
);

describe('the configuration page', () => {
  it('has a row for every setting, and no other', () => {
    const named = rows.map(({ name }) => name).filter((name) => /^[A-Z][A-Z0-9_]+$/.test(name));
    expect(named.filter((name, i) => named.indexOf(name) !== i)).toEqual([]);
    expect([...named].sort()).toEqual(Object.keys(settings.shape).sort());
  });

  it('states the default of every numeric and enumerated setting', () => {
    const defaults = Object.entries(settings.parse({}) as Record<string, unknown>).filter(
      ([name, value]) =>
        ['number', 'string', 'boolean'].includes(typeof value) && !GENERATED.has(name),
    );
    expect(defaults.length).toBeGreaterThan(30);
    const told = new Map(rows.map((row) => [row.name, row.told]));
    const wrong = defaults.filter(
      // Times in seconds are milliseconds once they are read.
      ([name, value]) =>
        told.get(name) !== String(value) &&
        !(name.endsWith('_S') && Number(told.get(name)) * 1000 === value),
    );
    expect(wrong).toEqual([]);
  });
});

it.each(['configuration', 'callers'])('the page on %s has no row wider than a terminal', (name) => {
  const lines = read(`docs/${name}.md`).split('\n');
  expect(lines.filter((line) => line.startsWith('|') && line.length > 110)).toEqual([]);
});

/** Paths that a page links to. */
function linkTargets(text: string): string[] {
  return [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** Generated at each start. */
const GENERATED: ReadonlySet<string> = new Set(['EMBEDDED_ACCESS_KEY_ID']);

it('the error page has a row for every code of the service and of Apollo Server', () => {
  const named = tableRows(read('docs/errors.md')).map(([code = '']) =>
    code.replaceAll('`', '').trim(),
  );
  const codes = new Set<string>([...ERROR_CODES, ...Object.values(ApolloServerErrorCode)]);
  // Of automatic persisted queries, which are off.
  codes.delete('PERSISTED_QUERY_NOT_FOUND');
  expect([...codes].filter((code) => !named.includes(code))).toEqual([]);
});

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('links to existing files and headings', () => {
    const broken = linkTargets(text).filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(file)) return true;
      return anchor !== undefined && !headingsOf(read(file)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names existing tests and scripts', () => {
    const tests = [...text.matchAll(/`([\w-]+\.test\.ts)`/g)].map(([, name = '']) => name);
    expect(tests.filter((name) => !TESTS.has(name))).toEqual([]);
    const scripts = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(scripts.filter((name) => !(name in SCRIPTS))).toEqual([]);
  });

  it('has no command that may fetch a program from a public registry', () => {
    const commands = ['sh', 'powershell'].flatMap((language) => codeBlocks(text, language));
    const guessing = /\b(?:npx|npm (?:x|exec)|pnpm dlx|yarn dlx|bunx)\b(?! --no )/;
    expect(commands.filter((block) => guessing.test(block))).toEqual([]);
  });

  it('contains valid JSON', () => {
    const broken = codeBlocks(text, 'json').filter((block) => !isJson(block));
    expect(broken).toEqual([]);
  });
});

const TESTS: ReadonlySet<string> = new Set(
  readdirSync('test', { recursive: true, encoding: 'utf8' }).map((path) =>
    path.replace(/^.*\//, ''),
  ),
);
const { scripts: SCRIPTS } = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

it('the README fits on a few screens', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(150);
});

it('the Chinese README matches: headings, commands, tables, links', () => {
  const [english, chinese] = ['README.md', 'README.zh-CN.md'].map((file) => shapeOf(read(file)));
  expect(chinese).toEqual(english);
});

/** The structure that two languages of a page share. */
function shapeOf(text: string) {
  const isCode = (line: string): boolean => !line.includes('PUBLIC_URL=');
  return {
    headings: headingsOf(text).length,
    code: ['sh', 'json'].flatMap((language) =>
      codeBlocks(text, language).join('').split('\n').filter(isCode),
    ),
    rows: tableRows(text).map((cells) => cells.length),
    targets: linkTargets(text).filter((target) => !target.startsWith('README')),
  };
}
