import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { refusalOf } from './node-version.js';

/**
 * Builds before a start if the build tools are installed and the folder is writable; otherwise the
 * existing build is used.
 */
const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const isBuilt = existsSync(inRoot('dist/main.js'));
// `npm ci` omits them under NODE_ENV=production.
const hasTools = ['rolldown', 'vite'].every((name) => existsSync(inRoot(`node_modules/${name}`)));
const hasSources = existsSync(inRoot('src/main.ts'));
const isDistWritable = isWritable('dist');

process.exitCode = run();

/** Returns the exit code. */
function run() {
  const { engines } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const refusal = refusalOf(process.versions.node, engines.node);
  if (refusal !== null) return fail(refusal);
  if (hasTools && hasSources && isDistWritable) return build();
  if (isBuilt) return 0;
  if (!hasTools) {
    return fail(
      'Nothing is built yet, and the build tools are not installed: run npm ci --include=dev.',
    );
  }
  if (!hasSources)
    return fail('Nothing is built yet, and src is missing: get the complete project.');
  return fail(
    `Nothing is built yet, and this user cannot write to ${inRoot('')}: run npm run build as its owner.`,
  );
}

function build() {
  const { status } = spawnSync('npm run --silent build', {
    stdio: 'inherit',
    shell: true,
    cwd: inRoot(''),
  });
  return status ?? 1;
}

function fail(line) {
  process.stderr.write(`${line}\n`);
  return 1;
}

/** Whether the folder is writable or can be created. */
function isWritable(folder) {
  const path = inRoot(folder);
  try {
    accessSync(existsSync(path) ? path : inRoot(''), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
