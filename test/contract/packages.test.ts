import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { gte, satisfies } from 'semver';

interface LockedPackage {
  readonly version: string;
  readonly engines?: { readonly node?: string };
  /** Its source; for a linked folder its path. */
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
  it('have one graphql: values of two do not know each other', () => {
    expect(places('graphql')).toEqual(['node_modules/graphql']);
  });

  it('have an @apollo/server without the faults that 5.5.0 mended', () => {
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

it('every lock file leaves the registry to whoever installs', async () => {
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

it('starts the server in the place of the shell, so that signals to npm reach it, and on Windows beside it', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect(scripts.start).toBe('exec node dist/main.js || node dist/main.js');
});
