import { addBackup } from '../../embedded/ingest/add-backup.js';
import { ADD_OPTIONS_HELP } from '../../embedded/ingest/arguments.js';
import { FaultsError } from '../../embedded/ingest/faults-error.js';
import { CliError, usageError } from '../cli-error.js';
import type { Command, Context } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { openStore } from '../own/open-store.js';
import { addedText } from '../terminal/added-text.js';
import { createTransferLine } from '../terminal/transfer-line.js';

const HELP = `Usage: backups add --region ID --instance ID --engine ENGINE --file PATH [options]

Adds files as a backup to the store of the service on this machine: the folder EMBEDDED_DIR, or the bucket
EMBEDDED_BUCKET. Run it with the settings of the service.

${ADD_OPTIONS_HELP}  -h, --help        this text

Example: backups add --region cn-north-1 --instance mysql-1 --engine MariaDB --file dump.sql.gz
`;

/** Adds a backup to the store of the service. */
export const add: Command = { help: HELP, run };

async function run(args: readonly string[], context: Context): Promise<void> {
  const { stdout, terminal, say, signal, cwd } = context;
  const { store, pageOf } = await openStore(context);
  const line = createTransferLine({ ...terminal, now: () => performance.now() });
  try {
    const added = await addBackup(args, {
      store,
      cwd,
      signal,
      warn: (text) => {
        line.end();
        say(text);
      },
      onProgress: line.onProgress,
    });
    line.end();
    await stdout.write(addedText(added, pageOf(added.key)));
  } catch (error) {
    line.end();
    throw error instanceof FaultsError ? toUsageError(error, say) : error;
  } finally {
    await store.close();
  }
}

/** All that is wrong, each on a line. */
function toUsageError({ faults }: FaultsError, say: Context['say']): CliError {
  const [only, ...more] = faults;
  if (only !== undefined && more.length === 0) return usageError(`${only}. Nothing was added.`);
  for (const fault of faults) say(fault);
  return new CliError(EXIT.usage, 'Nothing was added: see `backups add --help`.');
}
