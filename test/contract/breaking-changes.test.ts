import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../helpers/closing.js';

const SCRIPT = resolve('test/contract/breaking-changes.js');

const HEAD =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])';
const ONE = `${HEAD} type Query { one: Int }`;
const BOTH = `${HEAD} type Query { one: Int two: Int }`;
const NO_BREAK = '## [Unreleased]\n\n## [1.0.0]\n\n- Breaking: `Query.two` was removed.\n';

let folder: string;

/** Checks `current` against the schema of the last release. */
function check(released: string, current: string, changelog = NO_BREAK) {
  writeFileSync(join(folder, 'test/contract/released-schema.graphql'), released);
  writeFileSync(join(folder, 'schema.graphql'), current);
  writeFileSync(join(folder, 'CHANGELOG.md'), changelog);
  const { status, stdout } = spawnSync('node', [SCRIPT], { cwd: folder, encoding: 'utf8' });
  return { status, stdout };
}

beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, 'test/contract'), { recursive: true });
});

describe('the check for breaking changes', () => {
  it('passes additions', () => {
    expect(check(ONE, BOTH)).toEqual({
      status: 0,
      stdout: 'schema.graphql breaks no query of the last release.\n',
    });
  });

  it('fails on removals since the last release, by name', () => {
    const { status, stdout } = check(BOTH, ONE);
    expect(status).toBe(1);
    expect(stdout).toContain('- Query.two: ');
    expect(stdout).toContain('Breaking: `Query.two`');
  });

  it('passes a break announced in the changelog for the next release, and no other', () => {
    const changelog = NO_BREAK.replace(']\n', ']\n\n### Removed\n\n- Breaking: `Query.two`.\n');
    expect(check(BOTH, ONE, changelog).status).toBe(0);
    const { status, stdout } = check(BOTH, `${HEAD} type Query { three: Int }`, changelog);
    expect(status).toBe(1);
    expect(stdout).toContain('Query.one');
  });
});
