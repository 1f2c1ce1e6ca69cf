import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { askTypename, startProcess } from './process.js';

const BENCH = fileURLToPath(new URL('..', import.meta.url));
const NODE = process.execPath;
const run = promisify(execFile);

const inBench = (...path) => join(BENCH, ...path);
const start = (name, file, env) =>
  startProcess(() => [NODE, file], { name, env, probe: askTypename });

/** The unmodified product with cloud settings; `reuse` is the fraction of a link's lifetime. */
export const startProduct = (upstream, reuse) =>
  start('product', inBench('../dist/main.js'), {
    UPSTREAM: 'jdcloud',
    JDCLOUD_ENDPOINT: upstream,
    JDCLOUD_ACCESS_KEY_ID: 'JDC_BENCH',
    JDCLOUD_SECRET_ACCESS_KEY: 'SECRET',
    UPSTREAM_MAX_PER_MINUTE: '1000000',
    LINK_REUSE: String(reuse),
  });

/** The product with its embedded upstream over a folder. */
export const startEmbedded = (dir) =>
  start('product', inBench('../dist/main.js'), { EMBEDDED_DIR: dir, EMBEDDED_PORT: '0' });

/** The same over a store of any kind; each link is one of its own. */
export const startStore = (env) =>
  start('product', inBench('../dist/main.js'), {
    EMBEDDED_PORT: '0',
    LINK_REUSE: '0',
    UPSTREAM_MAX_PER_MINUTE: '1000000',
    ...env,
  });

export const startByHand = (upstream, reuse) =>
  start('by hand', inBench('dist/by-hand/main.js'), {
    UPSTREAM: upstream,
    REUSE: reuse > 0 ? '1' : '0',
  });

/** The one-day implementation without link reuse. */
export const startByHandWithoutReuse = (upstream) =>
  start('by hand, keeps none', inBench('dist/by-hand/main.js'), { UPSTREAM: upstream, REUSE: '0' });

export const startMercurius = (upstream, reuse) =>
  start('mercurius', inBench('peers/mercurius.js'), { UPSTREAM: upstream, REUSE: String(reuse) });

export const startYoga = (upstream, reuse) =>
  start('yoga', inBench('peers/yoga.js'), { UPSTREAM: upstream, REUSE: String(reuse) });

export const startBareApollo = () => start('bare Apollo', inBench('peers/bare-apollo.js'), {});

/** Responds to every request with `body`. */
export async function startRawBytes(body) {
  const file = join(await mkdtemp(join(tmpdir(), 'bench-')), 'body.json');
  await writeFile(file, body);
  return start('raw bytes', inBench('peers/raw.js'), { BODY: file });
}

export const startRawCalls = (upstream) =>
  start('raw + undici', inBench('peers/raw.js'), { UPSTREAM: upstream });

/** Hive Gateway over the REST API, with a schema composed by Mesh. */
export async function startHive(upstream) {
  const file = join(await mkdtemp(join(tmpdir(), 'bench-')), 'supergraph.graphql');
  await run(
    inBench('node_modules/.bin/mesh-compose'),
    ['-c', inBench('peers/hive/mesh.config.js'), '-o', file],
    {
      cwd: BENCH,
      env: { ...process.env, UPSTREAM: upstream },
    },
  );
  const config = inBench('peers/hive/gateway.config.js');
  return startProcess(
    (port) => [
      NODE,
      inBench('node_modules/.bin/hive-gateway'),
      'supergraph',
      file,
      ...['-c', config, '-h', '127.0.0.1', '-p', String(port)],
    ],
    { name: 'Hive Gateway', probe: askTypename, cwd: BENCH },
  );
}

/** The shared upstream, on the core that is not measured. */
export async function startUpstream() {
  const upstream = await startProcess(() => [NODE, inBench('lib/upstream.js')], {
    name: 'upstream',
    measured: false,
    probe: (origin) => fetch(`${origin}/control/calls`),
  });
  const control = async (path) => (await fetch(`${upstream.origin}/control/${path}`)).json();
  return {
    ...upstream,
    setLatency: (ms) => control(`latency/${ms}`),
    /** Calls for lists and for links since the last query. */
    takeCalls: () => control('calls'),
  };
}
