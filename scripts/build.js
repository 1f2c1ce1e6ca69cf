import { chmod, copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { build } from 'vite';
import { refusalOf } from './node-version.js';
import { toNotices } from './notices.js';
import { entryOf } from './program-entry.js';

/**
 * Builds `dist`: programs bundled from many modules into few files, and the page. Types are checked apart
 * (npm run typecheck), so that a first start takes seconds.
 */
const root = new URL('..', import.meta.url);
/** The programs by their entry module in `src`. */
const PROGRAMS = {
  'print-schema': 'cli/print-schema',
  'add-backup': 'cli/add-backup',
  backups: 'cli/backups',
  main: 'main',
};

// Otherwise Vite builds the page for development.
process.env.NODE_ENV = 'production';

// A second start does not rebuild.
if (await isOutdated('dist/main.js', 'src/', 'scripts/', 'package.json')) {
  process.stderr.write('Building (a few seconds) …\n');
  const modules = [await bundle(), await buildPage()].flat();
  await writeFile(new URL('dist/NOTICES.txt', root), toNotices(modules));
  await writeEntries();
}

/**
 * Bundles the programs with their packages: loaded from a thousand files, they take twice as long
 * to start and more memory. Function names and lines are kept for stack traces in the log. Returns the modules.
 */
async function bundle() {
  const bundled = await rolldown({
    cwd: fileURLToPath(root),
    input: Object.fromEntries(
      Object.entries(PROGRAMS).map(([name, module]) => [name, `src/${module}.ts`]),
    ),
    platform: 'node',
    tsconfig: 'tsconfig.json',
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    // An optional dependency of type-graphql for disabled validation.
    external: ['class-validator'],
  });
  // Chunks of earlier builds would be packed, too.
  await rm(new URL('dist/chunks', root), { recursive: true, force: true });
  const { output } = await bundled.write({
    dir: 'dist',
    entryFileNames: '[name]-program.js',
    chunkFileNames: 'chunks/[name].js',
    // A single character outside Latin-1 doubles the memory of the whole file.
    charset: 'ascii',
    comments: { legal: true, annotation: false, jsdoc: false },
    minify: {
      compress: { keepNames: { function: true, class: true } },
      mangle: { keepNames: true },
      codegen: { removeWhitespace: false },
    },
  });
  await bundled.close();
  return modulesOf(output);
}

/** Returns the modules of the page. */
async function buildPage() {
  const configFile = fileURLToPath(new URL('src/explorer/vite.config.ts', root));
  const { output } = await build({ configFile });
  return modulesOf(output);
}

function modulesOf(output) {
  return output.flatMap((file) => file.moduleIds ?? []);
}

/**
 * Entry files check the version of Node first: an old one fails on the imports of the bundle. Written last: the time of
 * `main.js` is that of the build.
 */
async function writeEntries() {
  const { engines } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
  // Throws if the range cannot be parsed.
  refusalOf(process.versions.node, engines.node);
  await copyFile(new URL('scripts/node-version.js', root), new URL('dist/node-version.js', root));
  for (const name of Object.keys(PROGRAMS)) {
    const entry = new URL(`dist/${name}.js`, root);
    await writeFile(entry, entryOf(name, engines.node));
    await chmod(entry, 0o755);
  }
}

/** Whether a source, a package or this file is newer than `product`, or it is missing. */
async function isOutdated(product, ...sources) {
  const paths = ['package-lock.json', 'scripts/build.js', ...sources];
  const times = await Promise.all(paths.map((path) => newestIn(new URL(path, root))));
  return Math.max(...times) >= (await timeOf(new URL(product, root)));
}

/** The modification time of a file, or of the newest file of a folder. */
async function newestIn(place) {
  if (!place.pathname.endsWith('/')) return timeOf(place);
  const files = await readdir(place, { recursive: true });
  // Includes folders, which show deleted files.
  return Math.max(...(await Promise.all(files.map((file) => timeOf(new URL(file, place))))));
}

/** The modification time of a file in epoch milliseconds; 0 if missing. */
async function timeOf(file) {
  const found = await stat(file).catch(() => undefined);
  return found?.mtimeMs ?? 0;
}
