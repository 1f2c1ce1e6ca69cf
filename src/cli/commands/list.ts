import { momentOption } from '../arguments/moment.js';
import {
  limitOption,
  readOptions,
  SERVICE_HELP,
  SERVICE_OPTIONS,
} from '../arguments/read-options.js';
import { usageError } from '../cli-error.js';
import type { Command } from '../command.js';
import { formatInstanceId } from '../../domain/ids.js';
import { findInstance, noInstance } from '../service/find-instance.js';
import type { Backup } from '../service/operations.js';
import { withService } from '../service/service.js';
import { sizeCell, timeCell } from '../terminal/format.js';
import { printRows } from '../terminal/print-rows.js';
import type { Column } from '../terminal/table.js';

const STATUSES = ['COMPLETED', 'ERROR', 'BUILDING', 'DELETING', 'DELETE_ERROR', 'RETAINED'];

const HELP = `Usage: backups list <instance> [options]

Lists the backups of an instance, or of a deleted one whose backups are retained.
<instance> is <region>/<instance>, or just the instance if only one region has it.

  --region R           region of the instance
  --database NAME      only backups with a file of this database (SQL Server)
  --since D            only those started then or later: 2026-11-20, 2026-11-20T02:00:00Z,
                       or 7d for the last seven days; without a zone, local time
  --status S           only those with this status: ${STATUSES.slice(0, 3).join(', ')},
                       ${STATUSES.slice(3).join(', ')}; may be repeated
  --limit N            at most N backups
  --json               one JSON object per line, for programs
${SERVICE_HELP}
Examples:
  backups list cn-north-1/sqlserver-83uqv7avy4 --since 7d --status COMPLETED
  backups list mysql-wp4e9ztap2 --json | jq -r 'select(.sizeBytes > 1e9) | .id'
`;

const COLUMNS: readonly Column<Backup>[] = [
  { title: 'BACKUP', cell: ({ backupId }) => backupId },
  { title: 'STARTED', cell: ({ startedAt }) => timeCell(startedAt) },
  { title: 'STATUS', cell: ({ status }) => status },
  { title: 'TYPE', cell: ({ type }) => type, isOptional: true },
  {
    title: 'SIZE',
    cell: sizeCell,
    align: 'right',
  },
  {
    title: 'FILES',
    cell: filesCell,
    isOptional: true,
    align: 'right',
  },
  { title: 'NAME', cell: ({ name }) => name, isOptional: true },
];

/** How many files, and how many of them the store has if that is not all. */
function filesCell({ files, unavailableFileCount: missing }: Backup): string | null {
  const count = Math.max(files.length, missing);
  if (count === 0) return null;
  return missing === 0 ? String(count) : `${count - missing} of ${count}`;
}

const OPTIONS = {
  ...SERVICE_OPTIONS,
  region: { type: 'string' },
  database: { type: 'string' },
  since: { type: 'string' },
  status: { type: 'string', multiple: true },
  limit: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const list: Command = {
  help: HELP,
  async run(args, context) {
    const { values, operands } = readOptions(args, OPTIONS, ['<instance>']);
    const { database, region, json = false } = values;
    const limit = limitOption(values.limit);
    const wanted = values.status === undefined ? null : toStatuses(values.status);
    const since =
      values.since === undefined
        ? undefined
        : momentOption('--since', values.since, context.now()).toISOString();
    await withService(values, context, async (service) => {
      const key = await findInstance(operands[0] ?? '', region, service);
      const filter = { databaseName: database, startedAfter: since };
      const pages = withStatus(service.backups(key, filter), wanted);
      const nothing = 'No backups.';
      const count = await printRows(pages, { columns: COLUMNS, limit, json, nothing }, context);
      if (count === 0 && !(await service.knows(key))) throw noInstance(formatInstanceId(key));
    });
  },
};

/** @throws CliError for a state there is not */
function toStatuses(texts: readonly string[]): ReadonlySet<string> {
  const statuses = texts
    .flatMap((text) => text.split(','))
    .map((text) => text.trim().toUpperCase());
  if (statuses.every((status) => STATUSES.includes(status))) return new Set(statuses);
  throw usageError(`--status is not a status of a backup: give one of ${STATUSES.join(', ')}.`);
}

/** The service has no such filter. */
async function* withStatus(
  pages: AsyncIterable<readonly Backup[]>,
  wanted: ReadonlySet<string> | null,
): AsyncGenerator<readonly Backup[]> {
  for await (const page of pages) {
    yield wanted === null ? page : page.filter(({ status }) => wanted.has(status ?? ''));
  }
}
