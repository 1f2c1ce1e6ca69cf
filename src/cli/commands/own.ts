import { isFileByFile, type Engine } from '../../domain/engines.js';
import { formatBackupId } from '../../domain/ids.js';
import type { OwnBackup, OwnStore } from '../../embedded/admin/own-store.js';
import { sha256Of } from '../../embedded/catalogue/checksums.js';
import { createTimeReader, type TimeReader } from '../../upstream/upstream-time.js';
import { defineCommand, limitOption } from '../options.js';
import { withOwnStore } from '../own/with-own-store.js';
import { filesCell, printRows, sizeCell, timeCell, type Column } from '../terminal/table.js';

interface Row {
  readonly id: string;
  readonly engine: Engine | null;
  readonly status: string;
  readonly startedAt: string | null;
  readonly sizeBytes: number | null;
  readonly files: readonly { readonly name: string; readonly sizeBytes: number }[];
  /** Unless empty, the backup is not whole. */
  readonly unavailableFiles: readonly string[];
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'BACKUP', cell: ({ id }) => id },
  { title: 'ENGINE', cell: ({ engine }) => engine },
  { title: 'STATUS', cell: ({ status }) => status },
  { title: 'STARTED', cell: ({ startedAt }) => timeCell(startedAt) },
  { title: 'SIZE', cell: sizeCell, align: 'right' },
  { title: 'FILES', cell: ownFilesCell, align: 'right' },
];

/** As the service counts: a set that is downloaded as a whole has no files of its own. */
function ownFilesCell({ engine, files, unavailableFiles: missing }: Row): string | null {
  const isSet = engine !== null && !isFileByFile(engine);
  return filesCell((isSet ? 0 : files.length) + missing.length, missing.length);
}

/** Lists the backups in the store of the service. */
export const command = defineCommand({
  usage: 'own [options]',
  about: `Lists the backups in the store of the service on this machine: the folder EMBEDDED_DIR, or the bucket
EMBEDDED_BUCKET. Run it with the settings of the service, which need not be running. UNFINISHED ones are being
added or removed, or left over from that; UNREADABLE ones have a backup.json that is not valid.`,
  options: {
    region: { value: 'ID', help: 'only those of this region' },
    instance: { value: 'ID', help: 'only those of this instance' },
    limit: { value: 'N', help: 'at most N backups' },
    json: {
      help: 'one JSON object per line, with the size in bytes and the SHA-256 of each file',
    },
  },
  async run({ region, instance, limit: most, json }, context) {
    const limit = limitOption(most);
    await withOwnStore(context, '', async ({ store, timeZone }) => {
      const found = store.list({ regionId: region, instanceId: instance });
      const rows = rowsOf(found, createTimeReader(timeZone));
      const count = await printRows(rows, { columns: COLUMNS, limit, json }, context);
      if (count === 0) context.say('No backups.');
    });
  },
});

async function* rowsOf(
  pages: ReturnType<OwnStore['list']>,
  readTime: TimeReader,
): AsyncGenerator<readonly Row[]> {
  for await (const backups of pages) yield backups.map((backup) => toRow(backup, readTime));
}

function toRow(own: OwnBackup, readTime: TimeReader): Row {
  const id = formatBackupId(own.key);
  if (own.kind !== 'listed') return { ...NOTHING_KNOWN, id, status: own.kind.toUpperCase() };
  const { engine, manifest, files, unavailableFiles, checksums } = own.backup;
  return {
    id,
    engine,
    status: manifest.backupStatus,
    startedAt: toUtc(readTime(manifest.backupStartTime)),
    sizeBytes: manifest.backupSizeByte ?? null,
    files: files.map((file) => ({
      name: file.name,
      sizeBytes: file.size,
      sha256: sha256Of(checksums, file),
    })),
    unavailableFiles,
  };
}

/** As the service writes times: in UTC, whole seconds without a fraction. */
function toUtc(time: Date | null): string | null {
  return time && time.toISOString().replace('.000Z', 'Z');
}

const NOTHING_KNOWN = {
  engine: null,
  startedAt: null,
  sizeBytes: null,
  files: [],
  unavailableFiles: [],
} as const;
