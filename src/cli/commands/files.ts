import { defineCommand, JSON_OPTION, PLACE_OPTIONS, SERVICE_OPTIONS } from '../options.js';
import { BACKUP_HELP, withBackup } from '../service/find-backup.js';
import { chooseDownloadable } from '../service/latest.js';
import type { Backup } from '../service/operations.js';
import { checkDownloadable } from '../service/usable-link.js';
import { printRows, sizeCell, type Column } from '../terminal/table.js';
import { shellWord } from '../terminal/text.js';

const COLUMNS: readonly Column<Backup['files'][number]>[] = [
  { title: 'FILE', cell: ({ name }) => name },
  { title: 'TYPE', cell: ({ type }) => type },
  { title: 'SIZE', cell: sizeCell, align: 'right' },
  { title: 'STATE', cell: ({ available }) => (available ? 'available' : 'missing') },
  { title: 'DATABASE', cell: ({ databaseName }) => databaseName, isOptional: true },
];

export const command = defineCommand({
  usage: 'files <backup> [options]',
  about: `Lists the files of a SQL Server backup, for --file of \`backups get\` and \`backups link\`. A backup
of the MySQL family is one set, without files of its own.`,
  options: { ...JSON_OPTION, ...PLACE_OPTIONS, ...SERVICE_OPTIONS },
  notes: `${BACKUP_HELP}
Examples:
  backups files cn-north-1/sqlserver-83uqv7avy4/latest
  backups files 3f2b8c1e --json | jq -r 'select(.type == "FULL") | .name'
`,
  operand: '<backup>',
  run: (values, context, operand) =>
    withBackup(operand, values, context, chooseDownloadable, async (backup) => {
      const rows = { columns: COLUMNS, json: values.json };
      const count = await printRows([backup.files], rows, context);
      if (count === 0) {
        checkDownloadable(backup);
        context.say(`No files of its own: get it with \`backups get ${shellWord(backup.id)}\`.`);
      }
      const missing = backup.unavailableFileCount;
      if (missing > 0)
        context.say(`Incomplete: ${missing} of its files are missing from the store.`);
    }),
});
