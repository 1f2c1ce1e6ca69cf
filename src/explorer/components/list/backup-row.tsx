import { useId, useState } from 'react';
import type { Engine } from '../../../domain/engines.js';
import { safeText } from '../../../domain/safe-text.js';
import type { BackupRowFragment } from '../../generated/operations.js';
import { useWords } from '../../i18n/language-context.js';
import { planDownload } from '../../link/download-plan.js';
import type { ExplorerSettings } from '../../settings.js';
import { BackupDetail } from '../link/backup-detail.js';
import { BackupCell } from './backup-cell.js';
import type { Column } from './columns.js';

/** The row of one backup; when open, a second row shows its downloads. */
export function BackupRow({
  backup,
  columns,
  engine,
  isOpen,
  toggle,
  refresh,
  settings,
}: {
  readonly backup: BackupRowFragment;
  readonly columns: readonly Column[];
  readonly engine: Engine | null;
  readonly isOpen: boolean;
  readonly toggle: () => void;
  readonly refresh: () => void;
  readonly settings: ExplorerSettings;
}) {
  const words = useWords();
  const detailId = useId();
  const [wantsLink, setWantsLink] = useState(false);
  const name = safeText(backup.name ?? backup.backupId);
  const plan = planDownload(backup, engine);
  const isNothing = plan.kind === 'nothing';
  // With a single download there is nothing to choose, so one press gets its link.
  const isSingleDownload =
    plan.kind === 'set' || (plan.kind === 'files' && plan.files.length === 1);
  const openWord = isNothing ? words.why : isSingleDownload ? words.getLink : words.open;
  return (
    <>
      <tr role="row" className={isOpen ? 'is-open' : undefined}>
        {columns.map((column) =>
          column === 'download' ? (
            <td key={column} role="cell" className={column}>
              <button
                type="button"
                className={isOpen || isNothing ? 'button' : 'button soft'}
                aria-expanded={isOpen}
                aria-controls={isOpen ? detailId : undefined}
                aria-label={isOpen ? undefined : words.openLabel(openWord, name)}
                onClick={() => {
                  setWantsLink(isSingleDownload && !isOpen);
                  toggle();
                }}
              >
                {isOpen ? words.close : openWord}
              </button>
            </td>
          ) : (
            <BackupCell key={column} column={column} backup={backup} engine={engine} />
          ),
        )}
      </tr>
      {isOpen && (
        <tr role="row" className="detail-row">
          <td role="cell" colSpan={columns.length} id={detailId}>
            <BackupDetail
              backup={backup}
              plan={plan}
              engine={engine}
              asksAtOnce={wantsLink}
              refresh={refresh}
              settings={settings}
            />
          </td>
        </tr>
      )}
    </>
  );
}
