import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { closing, temporaryFolder } from '../helpers/closing.js';
import { startProcess } from '../helpers/product-process.js';
import { until } from '../helpers/until.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEV = join(ROOT, 'scripts/dev.js');

it('npm run dev serves what it has built', async () => {
  const { origin } = await startProcess({ EMBEDDED_DIR: temporaryFolder() }, [], DEV);
  expect((await fetch(`${origin}/health/live`)).status).toBe(200);
});

it('npm run dev builds and starts again when a source changes', async () => {
  const folder = temporaryFolder();
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  for (const name of ['src', 'scripts', 'dist']) await mkdir(join(folder, name));
  const files = {
    'package.json': JSON.stringify({ type: 'module', scripts: { dev: scripts.dev } }),
    'src/main.ts': '',
    'scripts/build.js': `console.log('built');`,
    'dist/main.js': `console.log('started'); setInterval(() => {}, 1000);`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await copyFile(DEV, join(folder, 'scripts/dev.js'));

  const dev = spawn('npm', ['run', 'dev'], { cwd: folder, detached: true });
  const exited = once(dev, 'close');
  closing(async () => {
    process.kill(-dev.pid!, 'SIGKILL');
    await exited;
  });
  let output = '';
  dev.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const words = () => output.match(/^(?:built|started)$/gm) ?? [];
  await until(() => words().length === 2);
  await writeFile(join(folder, 'src/main.ts'), '// changed');
  await until(() => words().length === 4);
  expect(words()).toEqual(['built', 'started', 'built', 'started']);
});
