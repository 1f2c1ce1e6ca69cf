import type { ReactNode } from 'react';
import { ENGINES, type Engine } from '../../../domain/engines.js';
import { safeText } from '../../../domain/safe-text.js';
import { formatExactBytes, formatSize } from '../../format/size.js';
import { formatTimeParts } from '../../format/time.js';
import type { BackupRowFragment } from '../../generated/operations.js';
import type { Dictionary } from '../../i18n/dictionary.js';
import { useWords } from '../../i18n/language-context.js';
import { ShortId } from '../parts/short-id.js';
import type { Column } from './columns.js';

/** The cell of one backup in one column. */
export function BackupCell({
  column,
  backup,
  engine,
}: {
  readonly column: Exclude<Column, 'download'>;
  readonly backup: BackupRowFragment;
  readonly engine: Engine | null;
}) {
  const words = useWords();
  return (
    <td role="cell" className={column}>
      <span className="cell-label" aria-hidden="true">
        {words.columns[column]}
      </span>
      <span className="cell-value">{valueOf(column, backup, engine, words)}</span>
    </td>
  );
}

/** Words for the type, mode and unit of a backup. */
export function typeWords(
  { type, mode, unit }: BackupRowFragment,
  words: Dictionary,
): readonly string[] {
  return [
    type && words.types[type],
    mode && words.modesShort[mode],
    unit && words.units[unit],
  ].filter((part) => part !== null);
}

function valueOf(
  column: Exclude<Column, 'download'>,
  backup: BackupRowFragment,
  engine: Engine | null,
  words: Dictionary,
): ReactNode {
  const { status, sizeBytes } = backup;
  const unknown = <span className="quiet-text">{words.unknown}</span>;
  switch (column) {
    case 'backup':
      return (
        <>
          {backup.name !== null && <strong>{safeText(backup.name)}</strong>}
          <ShortId id={backup.backupId} />
        </>
      );
    case 'engine':
      return engine ? ENGINES[engine].label : unknown;
    case 'status':
      return status ? <span className={`badge ${status}`}>{words.statuses[status]}</span> : unknown;
    case 'type':
      return typeWords(backup, words).join(' · ');
    case 'size':
      return sizeBytes === null ? (
        unknown
      ) : (
        <data value={sizeBytes} title={words.bytes(formatExactBytes(sizeBytes, words.locale))}>
          {formatSize(sizeBytes, words.locale)}
        </data>
      );
    case 'startedAt':
    case 'endedAt':
      return <Time moment={backup[column]} />;
  }
}

function Time({ moment }: { readonly moment: string | null }) {
  const { locale } = useWords();
  if (moment === null) return <span className="quiet-text">–</span>;
  const { day, clock } = formatTimeParts(moment, locale);
  return (
    <time dateTime={moment} title={moment}>
      <span>{day}</span> <span>{clock}</span>
    </time>
  );
}
