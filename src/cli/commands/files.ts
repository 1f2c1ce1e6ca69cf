import { readOptions, SERVICE_HELP, SERVICE_OPTIONS } from '../arguments/read-options.js';
import type { Command } from '../command.js';
import { BACKUP_HELP, findBackup, PLACE_HELP, PLACE_OPTIONS } from '../service/find-backup.js';
import type { Backup } from '../service/operations.js';
import { withService } from '../service/service.js';
import { sizeCell } from '../terminal/format.js';
import { printRows } from '../terminal/print-rows.js';
import { shellWord } from '../terminal/shell-word.js';
import type { Column } from '../terminal/table.js';
import { chooseDownloadable } from './backup-choice.js';

const HELP = `Usage: backups files <backup> [options]

Lists the files of a SQL Server backup, for --file of \`backups get\` and \`backups link\`. A backup
of the MySQL family is one set, without files of its own.

  --json               one JSON object per line, for programs
${PLACE_HELP}${SERVICE_HELP}
${BACKUP_HELP}
Examples:
  backups files cn-north-1/sqlserver-83uqv7avy4/latest
  backups files 3f2b8c1e --json | jq -r 'select(.type == "FULL") | .name'
`;

type File = Backup['files'][number];

const COLUMNS: readonly Column<File>[] = [
  { title: 'FILE', cell: ({ name }) => name },
  { title: 'TYPE', cell: ({ type }) => type },
  { title: 'SIZE', cell: sizeCell, align: 'right' },
  { title: 'STATE', cell: ({ available }) => (available ? 'available' : 'missing') },
  { title: 'DATABASE', cell: ({ databaseName }) => databaseName, isOptional: true },
];

const OPTIONS = { ...SERVICE_OPTIONS, ...PLACE_OPTIONS, json: { type: 'boolean' } } as const;

export const files: Command = {
  help: HELP,
  async run(args, context) {
    const { values, operands } = readOptions(args, OPTIONS, ['<backup>']);
    await withService(values, context, async (service) => {
      const choose = chooseDownloadable(context.say);
      const backup = await findBackup(operands[0] ?? '', values, service, choose);
      await printRows(
        onePage(backup.files),
        {
          columns: COLUMNS,
          limit: Infinity,
          json: values.json ?? false,
          nothing: `No files of its own: get it with \`backups get ${shellWord(backup.id)}\`.`,
        },
        context,
      );
      const missing = backup.unavailableFileCount;
      if (missing > 0) context.say(`The store lacks ${missing} of its files: it is not whole.`);
    });
  },
};

// eslint-disable-next-line @typescript-eslint/require-await -- a page that is there already
async function* onePage(rows: readonly File[]): AsyncGenerator<readonly File[]> {
  yield rows;
}
