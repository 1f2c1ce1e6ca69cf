import { formatBackupId } from '../../domain/ids.js';
import { listBackups } from '../../embedded/ingest/list-backups.js';
import type { CataloguedBackup } from '../../embedded/catalogue/catalogued-backup.js';
import { sha256Of } from '../../embedded/catalogue/checksums.js';
import { limitOption, readOptions } from '../arguments/read-options.js';
import type { Command, Context } from '../command.js';
import { openStore } from '../own/open-store.js';
import { formatSize } from '../terminal/format.js';
import { printRows } from '../terminal/print-rows.js';
import type { Column } from '../terminal/table.js';

const HELP = `Usage: backups own [options]

Lists the backups in the store of the service on this machine: the folder EMBEDDED_DIR, or the bucket
EMBEDDED_BUCKET. Run it with the settings of the service, which need not be running.

  --region ID          only those of this region
  --instance ID        only those of this instance
  --limit N            at most N backups
  --json               one JSON object per line, with the size in bytes and the SHA-256 of each file
  -h, --help           this text
`;

/** Lists the backups in the store of the service. */
export const own: Command = { help: HELP, run };

const OPTIONS = {
  region: { type: 'string' },
  instance: { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
} as const;

interface Row {
  readonly id: string;
  readonly engine: string | null;
  readonly status: string;
  readonly startedAt: string | null;
  readonly sizeBytes: number | null;
  readonly files: readonly { readonly name: string; readonly sizeBytes: number }[];
  /** Unless empty, the backup is not whole. */
  readonly unavailableFiles: readonly string[];
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'ENGINE', cell: ({ engine }) => engine },
  { title: 'STATUS', cell: ({ status }) => status },
  { title: 'STARTED', cell: ({ startedAt }) => startedAt },
  {
    title: 'SIZE',
    cell: ({ sizeBytes }) => (sizeBytes === null ? null : formatSize(sizeBytes)),
    align: 'right',
  },
  { title: 'FILES', cell: filesCell, align: 'right' },
];

/** How many of how many, where the store lacks some. */
function filesCell({ files: { length }, unavailableFiles: missing }: Row): string {
  return missing.length === 0 ? String(length) : `${length} of ${length + missing.length}`;
}

async function run(args: readonly string[], context: Context): Promise<void> {
  const { values } = readOptions(args, OPTIONS);
  const limit = limitOption(values.limit);
  const { store } = await openStore(context);
  try {
    const filter = { regionId: values.region, instanceId: values.instance };
    await printRows(
      rowsOf(listBackups(store, filter)),
      { columns: COLUMNS, limit, json: values.json ?? false, nothing: 'There are no backups.' },
      context,
    );
  } finally {
    await store.close();
  }
}

async function* rowsOf(
  pages: AsyncIterable<readonly CataloguedBackup[]>,
): AsyncGenerator<readonly Row[]> {
  for await (const backups of pages) yield backups.map(toRow);
}

function toRow(backup: CataloguedBackup): Row {
  const { key, engine, manifest, files, unavailableFiles, checksums } = backup;
  return {
    id: formatBackupId(key),
    engine,
    status: manifest.backupStatus,
    startedAt: manifest.backupStartTime ?? null,
    sizeBytes: manifest.backupSizeByte ?? null,
    files: files.map((file) => ({
      name: file.name,
      sizeBytes: file.size,
      sha256: sha256Of(checksums, file),
    })),
    unavailableFiles,
  };
}
