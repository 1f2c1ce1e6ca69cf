import { beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../helpers/closing.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const { scripts, engines } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
const BUILDER = ['rolldown', 'vite'].map((name) => `node_modules/${name}/x`);
const SOURCES = ['src/main.ts'];
const BUILT = ['dist/main.js'];

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
/** Does in a project of these files what npm start does; building and starting each print a word. */
async function start(files: readonly string[], node: string = engines.node) {
  const manifest = {
    type: 'module',
    engines: { node },
    scripts: { build: 'echo building' },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), '');
  }
  if (files.includes('src/main.ts')) {
    await mkdir(join(folder, 'scripts'), { recursive: true });
    for (const name of ['scripts/build-if-needed.js', 'scripts/node-version.js']) {
      await copyFile(join(ROOT, name), join(folder, name));
    }
  }
  const command = `${scripts.prestart} && echo started`;
  const ran = promisify(execFile)('sh', ['-c', command], { cwd: folder });
  const { code = 0, stdout, stderr } = await ran.catch((error: unknown) => error as any);
  return { code, stdout, stderr };
}

describe('npm start', () => {
  it('builds if it can', async () => {
    const built = { code: 0, stdout: 'building\nstarted\n', stderr: '' };
    expect(await start([...BUILDER, ...SOURCES])).toEqual(built);
    expect(await start([...BUILDER, ...SOURCES, ...BUILT])).toEqual(built);
  });

  it.each([
    ['the build tools are not installed', [...SOURCES, ...BUILT]],
    ['one build tool is missing', [...SOURCES, ...BUILT, ...BUILDER.slice(1)]],
    ['there are no sources, as in the image', BUILT],
  ])('starts the existing build if %s', async (_why, files) => {
    expect(await start(files)).toEqual({ code: 0, stdout: 'started\n', stderr: '' });
  });

  it('names the missing packages in one line if nothing is built or can be', async () => {
    expect(await start(SOURCES)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'Nothing is built yet, and the build tools are not installed: run npm ci --include=dev.\n',
    });
  });

  it('names the required Node version in one line before building', async () => {
    expect(await start([...BUILDER, ...SOURCES], '>=999.0.0')).toEqual({
      code: 1,
      stdout: '',
      stderr: `Node >=999.0.0 is required; this is Node ${process.versions.node}.\n`,
    });
  });
});

it('add-backup builds as start does', () => {
  expect(scripts['preadd-backup']).toBe(scripts.prestart);
});
