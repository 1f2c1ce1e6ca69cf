import type { Engine } from '../../../domain/engines.js';
import type { BackupRowFragment } from '../../generated/operations.js';
import { useWords } from '../../i18n/language-context.js';
import type { ExplorerSettings } from '../../settings.js';
import { BackupRow } from './backup-row.js';

/**
 * Backups as a table; on narrow screens each row is a card. The roles stand there because browsers
 * forget the table when its display changes.
 */
export function BackupTable({
  backups,
  engine,
  openId,
  open,
  ...rest
}: {
  readonly backups: readonly BackupRowFragment[];
  /** Of the instance. */
  readonly engine: Engine | null;
  readonly openId: string | null;
  readonly open: (backupId: string | null) => void;
  readonly refresh: () => void;
  readonly settings: ExplorerSettings;
}) {
  const { columns } = useWords();
  return (
    <table role="table" className="backups card" aria-labelledby="backups-title">
      <thead role="rowgroup">
        <tr role="row">
          {Object.entries(columns).map(([name, title]) => (
            <th key={name} role="columnheader" scope="col" className={name}>
              {title}
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
