import { chmod, copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { build } from 'vite';
import { refusalOf } from './node-version.js';
import { entryOf } from './program-entry.js';

/** Makes what runs, in `dist`: programs of few files out of many modules, and the page. */
const root = new URL('..', import.meta.url);
/** What is built, by the module in `build` that it begins with. */
const PROGRAMS = {
  'print-schema': 'cli/print-schema',
  'add-backup': 'cli/add-backup',
  backups: 'cli/backups',
  main: 'main',
};

// A second start need not build again. What is looked for is written last.
await unlessNewer(
  'dist/main.js',
  ['build/', 'scripts/node-version.js', 'scripts/program-entry.js', 'package.json'],
  bundle,
);
await unlessNewer('dist/explorer/index.html', ['src/explorer/', 'src/domain/'], () =>
  build({ configFile: fileURLToPath(new URL('src/explorer/vite.config.ts', root)) }),
);

/**
 * Bundles the programs with the packages they use: read from a thousand files, they take twice as long
 * to start, and more memory. Names of functions and lines stay, for the places in the log.
 */
async function bundle() {
  const bundled = await rolldown({
    cwd: fileURLToPath(root),
    input: Object.fromEntries(
      Object.entries(PROGRAMS).map(([name, module]) => [name, `build/${module}.js`]),
    ),
    platform: 'node',
    // Of type-graphql, for a check that is off.
    external: ['class-validator'],
    plugins: [partsOfUndici()],
  });
  await bundled.write({
    dir: 'dist',
    entryFileNames: '[name]-program.js',
    chunkFileNames: 'chunks/[name].js',
    // One character beyond Latin-1 doubles what the whole file takes in memory.
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

/** What is started looks at the version of Node first: an old one fails on the imports of the bundle. */
async function writeEntries() {
  const { engines } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
  // Throws where the range cannot be read.
  refusalOf(process.versions.node, engines.node);
  await copyFile(new URL('scripts/node-version.js', root), new URL('dist/node-version.js', root));
  for (const name of Object.keys(PROGRAMS)) {
    const entry = new URL(`dist/${name}.js`, root);
    await writeFile(entry, entryOf(name, engines.node));
    await chmod(entry, 0o755);
  }
}

/**
 * Of undici the programs use a pool and its agents. With them come a browser's fetch, sockets and
 * caches: 5 MB of memory. The whole is there where it is imported on demand.
 */
function partsOfUndici() {
  const parts = '\0parts-of-undici';
  return {
    name: 'parts-of-undici',
    resolveId: (id, _importer, { kind }) =>
      id === 'undici' && kind === 'import-statement' ? parts : undefined,
    load: (id) =>
      id === parts
        ? `export { default as Pool } from 'undici/lib/dispatcher/pool.js';
           export { default as EnvHttpProxyAgent } from 'undici/lib/dispatcher/env-http-proxy-agent.js';
           export { default as buildConnector } from 'undici/lib/core/connect.js';
           export { default as errors } from 'undici/lib/core/errors.js';`
        : undefined,
  };
}

/** Makes `product` where one of its sources is newer, or what makes it: the packages and this file. */
async function unlessNewer(product, sources, make) {
  const places = ['package-lock.json', 'scripts/build.js', ...sources].map(
    (path) => new URL(path, root),
  );
  const times = await Promise.all(places.map(newestIn));
  if (Math.max(...times) >= (await timeOf(new URL(product, root)))) await make();
}

/** When the newest file of a folder was written, or the file itself. */
async function newestIn(place) {
  if (!place.pathname.endsWith('/')) return timeOf(place);
  const files = await readdir(place, { recursive: true });
  // Folders too: a file that is gone shows there.
  return Math.max(...(await Promise.all(files.map((file) => timeOf(new URL(file, place))))));
}

/** When a file was written, in milliseconds since 1970; 0 where there is none. */
async function timeOf(file) {
  const found = await stat(file).catch(() => undefined);
  return found?.mtimeMs ?? 0;
}
