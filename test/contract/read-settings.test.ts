import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const texts = new Map(
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path, readFileSync(join('src', path), 'utf8')]),
);

it('every setting of a table is read by the product', () => {
  const inConfig = (path: string): boolean => path.startsWith('config/');
  const members = [...texts]
    .filter(([path]) => inConfig(path))
    .flatMap(([, text]) => [...text.matchAll(/^ {2}(\w+): \[\s*'[A-Z_0-9]+'/gm)])
    .map(([, member = '']) => member);
  expect(members.length).toBeGreaterThan(50);
  const readers = [...texts].filter(([path]) => !inConfig(path)).map(([, text]) => text);
  const read = new Set(readers.join('\n').match(/\b\w+\b/g));
  expect(members.filter((member) => !read.has(member))).toEqual([]);
});
