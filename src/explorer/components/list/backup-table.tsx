import type { Engine } from '../../../domain/engines.js';
import type { BackupRowFragment } from '../../generated/operations.js';
import { useWords } from '../../i18n/language-context.js';
import type { ExplorerSettings } from '../../settings.js';
import { BackupRow } from './backup-row.js';
import type { Column } from './columns.js';

/**
 * Backups as a table; on narrow screens each row is a card. The explicit roles keep the table
 * semantics, which browsers drop when CSS changes `display`.
 */
export function BackupTable({
  backups,
  columns,
  titleId,
  engine,
  openId,
  open,
  ...rest
}: {
  readonly backups: readonly BackupRowFragment[];
  readonly columns: readonly Column[];
  /** Id of the heading that labels the table. */
  readonly titleId: string;
  /** Engine of the instance. */
  readonly engine: Engine | null;
  readonly openId: string | null;
  readonly open: (backupId: string | null) => void;
  readonly refresh: () => void;
  readonly settings: ExplorerSettings;
}) {
  const words = useWords();
  return (
    <table role="table" className="backups card" aria-labelledby={titleId}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((name) => (
            <th key={name} role="columnheader" scope="col" className={name}>
              {words.columns[name]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {backups.map((backup) => {
          const isOpen = backup.backupId === openId;
          return (
            <BackupRow
              key={backup.id}
              backup={backup}
              columns={columns}
              engine={backup.engine ?? engine}
              isOpen={isOpen}
              toggle={() => {
                open(isOpen ? null : backup.backupId);
              }}
              {...rest}
            />
          );
        })}
      </tbody>
    </table>
  );
}
