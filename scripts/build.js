import { chmod, copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { build } from 'vite';
import { refusalOf } from './node-version.js';
import { entryOf } from './program-entry.js';

/** Builds `dist`: programs bundled from many modules into few files, and the page. */
const root = new URL('..', import.meta.url);
/** The programs by their entry module in `build`. */
const PROGRAMS = {
  'print-schema': 'cli/print-schema',
  'add-backup': 'cli/add-backup',
  backups: 'cli/backups',
  main: 'main',
};

// A second start does not rebuild. The checked file is written last.
await unlessNewer(
  'dist/main.js',
  ['build/', 'scripts/node-version.js', 'scripts/program-entry.js', 'package.json'],
  bundle,
);
await unlessNewer('dist/explorer/index.html', ['src/explorer/', 'src/domain/'], () =>
  build({ configFile: fileURLToPath(new URL('src/explorer/vite.config.ts', root)) }),
);

/**
 * Bundles the programs with their packages: loaded from a thousand files, they take twice as long
 * to start and more memory. Function names and lines are kept for stack traces in the log.
 */
async function bundle() {
  const bundled = await rolldown({
    cwd: fileURLToPath(root),
    input: Object.fromEntries(
      Object.entries(PROGRAMS).map(([name, module]) => [name, `build/${module}.js`]),
    ),
    platform: 'node',
    // An optional dependency of type-graphql for disabled validation.
    external: ['class-validator'],
  });
  await bundled.write({
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
  await writeEntries();
}

/** Entry files check the version of Node first: an old one fails on the imports of the bundle. */
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

/** Builds `product` if a source, a package or this file is newer. */
async function unlessNewer(product, sources, make) {
  const places = ['package-lock.json', 'scripts/build.js', ...sources].map(
    (path) => new URL(path, root),
  );
  const times = await Promise.all(places.map(newestIn));
  if (Math.max(...times) >= (await timeOf(new URL(product, root)))) await make();
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
