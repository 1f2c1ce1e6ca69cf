import type { Engine } from '../../domain/engines.js';
import type { BackupRowFragment } from '../generated/operations.js';

export const COLUMNS = [
  'backup',
  'engine',
  'status',
  'type',
  'size',
  'startedAt',
  'endedAt',
  'actions',
] as const;
export type Column = (typeof COLUMNS)[number];

/** Values of the columns that can be hidden. */
const VALUES: Partial<Record<Column, (backup: BackupRowFragment) => unknown>> = {
  engine: ({ engine }) => engine,
  type: ({ type, mode, unit }) => [type, mode, unit].join(' ').trim() || null,
  size: ({ sizeBytes }) => sizeBytes,
  endedAt: ({ endedAt }) => endedAt,
};

/** Columns shown once above the list if all rows agree. */
const SHOWN_ABOVE: ReadonlySet<Column> = new Set<Column>(['engine', 'type']);

/** The columns to show: hides those that are empty in every row, or shown above the list. */
export function columnsOf(
  backups: readonly BackupRowFragment[],
  engine: Engine | null,
): readonly Column[] {
  return COLUMNS.filter((column) => {
    const valueOf = VALUES[column];
    if (valueOf === undefined) return true;
    const values = new Set(
      backups.map((backup) => valueOf(backup) ?? (column === 'engine' ? engine : null)),
    );
    if (values.size > 1) return true;
    const [value = null] = values;
    return value !== null && !SHOWN_ABOVE.has(column);
  });
}
