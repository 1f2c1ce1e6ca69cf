import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const SCRIPT = resolve('test/contract/breaking-changes.js');

const HEAD =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])';
const ONE = `${HEAD} type Query { one: Int }`;
const BOTH = `${HEAD} type Query { one: Int two: Int }`;

let folder: string;

const git = (...options: string[]) => execFileSync('git', options, { cwd: folder, stdio: 'pipe' });

function commit(sdl: string, message = 'Change the schema'): void {
  writeFileSync(join(folder, 'schema.graphql'), `${sdl}\n`);
  git('add', 'schema.graphql');
  git(
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@example.org',
    'commit',
    '--allow-empty',
    '-m',
    message,
  );
}

function check() {
  const { status, stdout } = spawnSync('node', [SCRIPT], { cwd: folder, encoding: 'utf8' });
  return { status, stdout };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'breaking-'));
  git('init', '--quiet');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the check for breaking changes', () => {
  it('passes the first schema, and says so', () => {
    commit(ONE);
    expect(check()).toEqual({
      status: 0,
      stdout: 'There is no earlier schema.graphql to compare with.\n',
    });
  });

  it('passes what is added', () => {
    commit(ONE);
    commit(BOTH);
    expect(check().status).toBe(0);
  });

  it('fails on what the commit before had, by name', () => {
    commit(BOTH);
    commit(ONE);
    const { status, stdout } = check();
    expect(status).toBe(1);
    expect(stdout).toContain('Query.two');
    expect(stdout).toContain('Breaks: Query.two');
  });

  it('fails on what the last release had, also when the commit before had it no more', () => {
    commit(BOTH);
    git('tag', 'v1.0.0');
    commit(ONE);
    commit(ONE);
    const { status, stdout } = check();
    expect(status).toBe(1);
    expect(stdout).toContain('v1.0.0');
  });

  it('compares a release with the one before it', () => {
    commit(BOTH);
    git('tag', 'v1.0.0');
    commit(ONE);
    git('tag', 'v1.1.0');
    expect(check().stdout).toContain('v1.0.0');
  });

  it('passes a break that the commit message says is meant, and no other', () => {
    commit(BOTH);
    commit(ONE, 'Drop two\n\nNobody asks for it.\n\nBreaks: Query.two');
    expect(check().status).toBe(0);
    commit(`${HEAD} type Query { three: Int }`, 'Drop one\n\nBreaks: Query.two');
    const { status, stdout } = check();
    expect(status).toBe(1);
    expect(stdout).toContain('Query.one');
  });
});
