import { readdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = new URL('.', import.meta.url);
const root = new URL('../../', here);
/** What the page is made of. */
const SOURCES = [here, new URL('src/domain/', root), new URL('package-lock.json', root)];
/** Written last. */
const PRODUCT = new URL('dist/explorer/index.html', root);

// A second start need not build again.
if ((await newest(SOURCES)) >= (await timeOf(PRODUCT))) {
  await build({ configFile: fileURLToPath(new URL('vite.config.ts', here)) });
}

async function newest(places) {
  const times = await Promise.all(
    places.map(async (place) => {
      if (!place.pathname.endsWith('/')) return timeOf(place);
      const files = await readdir(place, { recursive: true });
      // Folders too: a file that is gone shows there.
      return Math.max(...(await Promise.all(files.map((file) => timeOf(new URL(file, place))))));
    }),
  );
  return Math.max(...times);
}

/** When a file was written, in milliseconds since 1970; 0 where there is none. */
async function timeOf(file) {
  const found = await stat(file).catch(() => undefined);
  return found?.mtimeMs ?? 0;
}
