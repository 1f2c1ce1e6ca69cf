import type { Engine } from '../../../domain/engines.js';
import type { BackupRowFragment } from '../../generated/operations.js';

export const COLUMNS = [
  'backup',
  'engine',
  'status',
  'type',
  'size',
  'startedAt',
  'endedAt',
  'download',
] as const;
export type Column = (typeof COLUMNS)[number];

/** What a row says in a column that may be left out. */
const VALUES: Partial<Record<Column, (backup: BackupRowFragment) => unknown>> = {
  engine: ({ engine }) => engine,
  type: ({ type, mode, unit }) => [type, mode, unit].join(' ').trim() || null,
  size: ({ sizeBytes }) => sizeBytes,
  endedAt: ({ endedAt }) => endedAt,
};

/** Columns whose shared value is shown once above the list. */
const TOLD_ONCE: ReadonlySet<Column> = new Set<Column>(['engine', 'type']);

/** The columns to show: not those that are empty, or the same, in every row. */
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
    return value !== null && !TOLD_ONCE.has(column);
  });
}
