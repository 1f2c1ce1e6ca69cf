import { toConfig } from '../config/to-config.js';
import { readEnv } from '../config/env.js';
import { addBackup } from '../embedded/add-backup/add-backup.js';
import { USAGE } from '../embedded/add-backup/arguments.js';

const env = readEnv();
const args = process.argv.slice(2);

/** npm starts in the folder of the package; paths are meant from where it was called. */
const cwd =
  (env['npm_lifecycle_event'] === 'add-backup' ? env['INIT_CWD'] : undefined) ?? process.cwd();

const stop = new AbortController();

async function run(): Promise<string> {
  if (args.includes('--help')) return USAGE;
  const { source } = toConfig(env).upstream;
  if (source.kind !== 'embedded') throw new Error('UPSTREAM: backups are added with embedded only');
  const { store } = source;
  if (store.kind !== 'folder') throw new Error('EMBEDDED_BUCKET: backups are added to a folder');
  const warn = (text: string): void => void process.stderr.write(`${text}\n`);
  return addBackup(args, { dir: store.dir, cwd, signal: stop.signal, warn });
}

/** A terminal sends a signal, and npm passes it on: one that comes again must not cut the cleaning short. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let stoppedBy: NodeJS.Signals | undefined;
for (const signal of SIGNALS) {
  process.on(signal, () => {
    stoppedBy ??= signal;
    stop.abort(new Error(`Stopped by ${signal}; what was copied is removed.`));
  });
}

try {
  process.stdout.write(await run());
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  const hint = stoppedBy === undefined ? 'See --help.\n' : '';
  process.stderr.write(`Nothing was added.\n${reason}\n${hint}`);
  process.exitCode = 1;
}
if (stoppedBy !== undefined) {
  // By the signal itself: to exit, Node would wait for the copy that is under way.
  process.removeAllListeners(stoppedBy);
  process.kill(process.pid, stoppedBy);
}
