import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const texts = new Map(
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path, readFileSync(join('src', path), 'utf8')]),
);

const ROW = /^ {2}(\w+): \[\s*'[A-Z_0-9]+'/gm;

it('every setting of a table is read by the product', () => {
  const all = [...texts.values()];
  const members = all.flatMap((text) => [...text.matchAll(ROW)]).map(([, member = '']) => member);
  expect(members.length).toBeGreaterThan(70);
  const read = new Set(
    all
      .join('\n')
      .replaceAll(ROW, '')
      .match(/\b\w+\b/g),
  );
  expect(members.filter((member) => !read.has(member))).toEqual([]);
});
