import { formatInstanceId } from '../../domain/ids.js';
import { usageError } from '../cli-error.js';
import {
  defineCommand,
  JSON_OPTION,
  limitOption,
  momentOption,
  PLACE_OPTIONS,
  SERVICE_OPTIONS,
} from '../options.js';
import { findInstance, noInstance } from '../service/find-backup.js';
import type { Backup } from '../service/operations.js';
import { withService } from '../service/service.js';
import { filesCell, printRows, sizeCell, timeCell, type Column } from '../terminal/table.js';

const STATUSES = ['COMPLETED', 'ERROR', 'BUILDING', 'DELETING', 'DELETE_ERROR', 'RETAINED'];

const COLUMNS: readonly Column<Backup>[] = [
  { title: 'BACKUP', cell: ({ backupId }) => backupId },
  { title: 'STARTED', cell: ({ startedAt }) => timeCell(startedAt) },
  { title: 'STATUS', cell: ({ status }) => status },
  { title: 'TYPE', cell: ({ type }) => type, isOptional: true },
  { title: 'SIZE', cell: sizeCell, align: 'right' },
  {
    title: 'FILES',
    cell: ({ files, unavailableFileCount: missing }) =>
      filesCell(Math.max(files.length, missing), missing),
    isOptional: true,
    align: 'right',
  },
  { title: 'NAME', cell: ({ name }) => name, isOptional: true },
];

export const command = defineCommand({
  usage: 'list <instance> [options]',
  about: `Lists the backups of an instance, or of a deleted one whose backups are retained.
<instance> is <region>/<instance>, or just the instance if only one region has it.`,
  options: {
    region: PLACE_OPTIONS.region,
    database: {
      value: 'NAME',
      help: 'only backups with a file of this database (SQL Server)',
    },
    since: {
      value: 'D',
      help: `only those started then or later: 2026-11-20, 2026-11-20T02:00:00Z,
or 7d for the last seven days; without a zone, local time`,
    },
    status: {
      value: 'S',
      multiple: true,
      help: `only those with this status: ${STATUSES.slice(0, 3).join(', ')},
${STATUSES.slice(3).join(', ')}; may be repeated`,
    },
    limit: { value: 'N', help: 'at most N backups' },
    ...JSON_OPTION,
    ...SERVICE_OPTIONS,
  },
  notes: `Examples:
  backups list cn-north-1/sqlserver-83uqv7avy4 --since 7d --status COMPLETED
  backups list mysql-wp4e9ztap2 --json | jq -r 'select(.sizeBytes > 1e9) | .id'
`,
  operand: '<instance>',
  async run({ database, region, since, status, limit: most, json, ...options }, context, operand) {
    const limit = limitOption(most);
    const wanted = status === undefined ? null : toStatuses(status);
    const filter = {
      databaseName: database,
      startedAfter:
        since === undefined
          ? undefined
          : momentOption('--since', since, context.now()).toISOString(),
    };
    await withService(options, context, async (service) => {
      const key = await findInstance(operand, region, service);
      const pages = withStatus(service.backups(key, filter), wanted);
      const count = await printRows(pages, { columns: COLUMNS, limit, json }, context);
      if (count > 0) return;
      if (!(await service.knows(key))) throw noInstance(formatInstanceId(key));
      context.say('No backups.');
    });
  },
});

/** @throws CliError for a status that does not exist */
function toStatuses(texts: readonly string[]): ReadonlySet<string> {
  const statuses = texts
    .flatMap((text) => text.split(','))
    .map((text) => text.trim().toUpperCase());
  if (statuses.every((status) => STATUSES.includes(status))) return new Set(statuses);
  throw usageError(`--status is not a status of a backup: give one of ${STATUSES.join(', ')}.`);
}

/** The filter of the service has one status at most. */
async function* withStatus(
  pages: AsyncIterable<readonly Backup[]>,
  wanted: ReadonlySet<string> | null,
): AsyncGenerator<readonly Backup[]> {
  for await (const page of pages) {
    yield wanted === null ? page : page.filter(({ status }) => wanted.has(status ?? ''));
  }
}
