import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { satisfies } from 'semver';
import { temporaryFolder } from '../../helpers/closing.js';

const inRoot = (path: string): string =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url));

const { refusalOf } = await import(inRoot('scripts/node-version.js'));
const { entryOf } = await import(inRoot('scripts/program-entry.js'));
const { engines } = JSON.parse(await readFile(inRoot('package.json'), 'utf8'));

describe('the Node version', () => {
  it.each([
    ...['16.20.2', '18.20.8', '20.9.0', '20.18.3', '20.19.0', '20.19.1', '20.20.2', '21.7.3'],
    ...['22.0.0', '22.11.9', '22.12.0', '22.13.0', '23.0.0', '24.1.0', '100.0.0'],
  ])('is compared with that of package.json as npm does: %s', (version) => {
    expect(refusalOf(version, engines.node) === null).toBe(satisfies(version, engines.node));
  });

  it('is reported with the required one, in one line', () => {
    expect(refusalOf('18.20.8', '^20.19.0 || >=22.12.0')).toBe(
      'Node ^20.19.0 || >=22.12.0 is required; this is Node 18.20.8.',
    );
  });

  it('is not guessed from a range in another notation', () => {
    expect(() => refusalOf('20.19.0', '20.x')).toThrow('engines: cannot read 20.x');
  });
});

describe('a program', () => {
  /** Runs the entry of a program that prints one line. */
  async function run(range: string) {
    const folder = temporaryFolder();
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await copyFile(inRoot('scripts/node-version.js'), join(folder, 'node-version.js'));
    await writeFile(join(folder, 'main-program.js'), `console.log('loaded');`);
    await writeFile(join(folder, 'main.js'), entryOf('main', range));
    const failed = (error: object) => ({ code: 0, ...error }) as any;
    const ran = promisify(execFile)(process.execPath, [join(folder, 'main.js')]);
    const { code = 0, stdout, stderr } = await ran.catch(failed);
    return { code, stdout, stderr };
  }

  it('is loaded on a Node that can run it', async () => {
    expect(await run(engines.node)).toEqual({ code: 0, stdout: 'loaded\n', stderr: '' });
  });

  it('is not loaded on another, which names the required version in one line', async () => {
    expect(await run('>=999.0.0')).toEqual({
      code: 1,
      stdout: '',
      stderr: `Node >=999.0.0 is required; this is Node ${process.versions.node}.\n`,
    });
  });
});
