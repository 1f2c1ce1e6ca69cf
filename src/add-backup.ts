import { toConfig } from './config/to-config.js';
import { readEnv } from './config/env.js';
import { addBackup } from './embedded/add-backup/add-backup.js';
import { USAGE } from './embedded/add-backup/arguments.js';

const env = readEnv();
const args = process.argv.slice(2);

/** npm starts in the folder of the package; paths are meant from where it was called. */
const cwd =
  (env['npm_lifecycle_event'] === 'add-backup' ? env['INIT_CWD'] : undefined) ?? process.cwd();

async function run(): Promise<string> {
  if (args.includes('--help')) return USAGE;
  const { source } = toConfig(env).upstream;
  if (source.kind !== 'embedded') throw new Error('UPSTREAM: backups are added with embedded only');
  return addBackup(args, { dir: source.dir, cwd });
}

try {
  process.stdout.write(await run());
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`Nothing was added.\n${reason}\nSee --help.\n`);
  process.exitCode = 1;
}
