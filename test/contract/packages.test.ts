import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { gte, satisfies } from 'semver';

interface LockedPackage {
  readonly version: string;
  readonly engines?: { readonly node?: string };
  /** Where it came from; the path of a linked folder. */
  readonly resolved?: string;
}

/** Packages by their folder. */
interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

async function readLock(path: string): Promise<Lock> {
  return JSON.parse(await readFile(join(ROOT, path), 'utf8')) as Lock;
}

const { packages } = await readLock('package-lock.json');

const places = (name: string) =>
  Object.keys(packages).filter((place) => `/${place}`.endsWith(`/node_modules/${name}`));

/** All lock files of the repository, by path. */
async function lockFiles(folder = ''): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const isOurs =
      !entry.name.startsWith('.') && !['node_modules', 'build', 'dist'].includes(entry.name);
    if (entry.name === 'package-lock.json') found.push(path);
    else if (entry.isDirectory() && isOurs) found.push(...(await lockFiles(path)));
  }
  return found;
}

describe('the locked packages', () => {
  it('contain a single graphql, since values of two are incompatible', () => {
    expect(places('graphql')).toEqual(['node_modules/graphql']);
  });

  it('contain an @apollo/server with the fixes of 5.5.0', () => {
    const [place = '', ...others] = places('@apollo/server');
    expect(others).toEqual([]);
    expect(gte(packages[place]!.version, '5.5.0')).toBe(true);
  });

  it.each(['20.19.0', '24.0.0'])('all accept Node %s', (node) => {
    const ranges = Object.entries(packages).flatMap(([place, { engines }]) =>
      engines?.node === undefined ? [] : [{ place, range: engines.node }],
    );
    expect(ranges.length).toBeGreaterThan(100);
    expect(ranges.filter(({ range }) => !satisfies(node, range))).toEqual([]);
  });
});

it('no lock file names a registry', async () => {
  const files = await lockFiles();
  expect(files).toContain('package-lock.json');
  expect(files).toContain(join('test', 'clients', 'package-lock.json'));
  const addresses = await Promise.all(
    files.map(async (file) => {
      const locked = Object.values((await readLock(file)).packages);
      return locked.flatMap(({ resolved = '' }) => (URL.canParse(resolved) ? [file] : []));
    }),
  );
  expect(addresses.flat()).toEqual([]);
});

it('npm start replaces the shell by the server, so that signals reach it, except on Windows', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect(scripts.start).toBe('exec node dist/main.js || node dist/main.js');
});
