import { addBackup } from '../../embedded/admin/add-backup.js';
import { ADD_OPTIONS_HELP } from '../../embedded/admin/arguments.js';
import type { Command, Context } from '../command.js';
import { withOwnStore } from '../own/with-own-store.js';
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
  await withOwnStore(context, 'Nothing was added.', async ({ store, pageOf }) => {
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
    } finally {
      line.end();
    }
  });
}
