import { type ReactNode, useId, useState } from 'react';
import { ENGINES, type Engine } from '../../domain/engines.js';
import { safeText } from '../../domain/safe-text.js';
import { formatExactBytes, formatSize, formatTime } from '../format.js';
import type { BackupRowFragment } from '../generated/operations.js';
import type { Dictionary } from '../i18n/dictionary.js';
import { useWords } from '../i18n/language-context.js';
import { onlyDownloadOf, planDownload } from '../link/download-plan.js';
import { BackupDetail } from './backup-detail.js';
import type { Column } from './columns.js';
import { Button } from './controls.js';
import { joined, ShortId } from './parts.js';

interface TableProps {
  readonly columns: readonly Column[];
  /** Engine of the instance. */
  readonly engine: Engine | null;
  readonly refresh: () => void;
}

/**
 * Backups as a table; on narrow screens each row is a card. The explicit roles keep the table
 * semantics, which browsers drop when CSS changes `display`.
 */
export function BackupTable({
  backups,
  titleId,
  openId,
  open,
  ...rest
}: TableProps & {
  readonly backups: readonly BackupRowFragment[];
  /** Id of the heading that labels the table. */
  readonly titleId: string;
  readonly openId: string | null;
  readonly open: (backupId: string | null) => void;
}) {
  const words = useWords();
  return (
    <table role="table" className="backups card" aria-labelledby={titleId}>
      <thead role="rowgroup">
        <tr role="row">
          {rest.columns.map((name) => (
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
              isOpen={isOpen}
              toggle={() => open(isOpen ? null : backup.backupId)}
              {...rest}
            />
          );
        })}
      </tbody>
    </table>
  );
}

/** The row of one backup; when open, a second row shows its downloads. */
function BackupRow({
  backup,
  columns,
  engine: instanceEngine,
  isOpen,
  toggle,
  refresh,
}: TableProps & {
  readonly backup: BackupRowFragment;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}) {
  const words = useWords();
  const detailId = useId();
  const [wantsLink, setWantsLink] = useState(false);
  const engine = backup.engine ?? instanceEngine;
  const name = safeText(backup.name ?? backup.backupId);
  const plan = planDownload(backup, engine);
  const canGetLink = onlyDownloadOf(plan) !== undefined && backup.viewerCanDownload;
  const hasFiles = plan.kind === 'files' && plan.files.length > 1;
  const action = hasFiles ? words.files : canGetLink ? words.getLink : words.why;
  const expansion = { 'aria-expanded': isOpen, 'aria-controls': isOpen ? detailId : undefined };
  const nameButton = (
    <button
      type="button"
      className="backup-name"
      {...expansion}
      onClick={() => {
        setWantsLink(false);
        toggle();
      }}
    >
      {name}
    </button>
  );
  return (
    <>
      <tr role="row" className={isOpen ? 'is-open' : undefined}>
        {columns.map((column) => (
          <td key={column} role="cell" className={column}>
            {column === 'actions' ? (
              <Button
                look={isOpen || plan.kind === 'nothing' ? 'small' : 'small soft'}
                {...expansion}
                aria-label={isOpen ? undefined : words.actionLabel(action, name)}
                onPress={() => {
                  // With a single download there is nothing to choose: one press gets its link.
                  setWantsLink(canGetLink && !isOpen);
                  toggle();
                }}
              >
                {isOpen ? words.close : action}
              </Button>
            ) : (
              <>
                <span className="cell-label" aria-hidden="true">
                  {words.columns[column]}
                </span>
                <span className="cell-value">
                  {column === 'backup' && nameButton}
                  {valueOf(column, backup, engine, words)}
                </span>
              </>
            )}
          </td>
        ))}
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
            />
          </td>
        </tr>
      )}
    </>
  );
}

/** Words for the type, mode and unit of a backup. */
export function typeWords(
  { type, mode, unit }: BackupRowFragment,
  words: Dictionary,
): readonly string[] {
  return [type && words.types[type], mode && words.modes[mode], unit && words.units[unit]].filter(
    (part) => part !== null,
  );
}

function valueOf(
  column: Exclude<Column, 'actions'>,
  backup: BackupRowFragment,
  engine: Engine | null,
  words: Dictionary,
): ReactNode {
  const { status } = backup;
  const unknown = <span className="quiet-text">{words.unknown}</span>;
  switch (column) {
    case 'backup':
      return <ShortId id={backup.backupId} isShown={backup.name !== null} />;
    case 'engine':
      return engine ? ENGINES[engine].label : unknown;
    case 'status':
      return (
        <>
          {status ? <span className={`badge ${status}`}>{words.statuses[status]}</span> : unknown}
          {backup.unavailableFileCount > 0 && (
            <span className="badge incomplete">{words.incomplete}</span>
          )}
        </>
      );
    case 'type':
      return joined(...typeWords(backup, words));
    case 'size':
      return backup.sizeBytes === null ? unknown : <Size bytes={backup.sizeBytes} />;
    case 'startedAt':
    case 'endedAt':
      return <Time moment={backup[column]} />;
  }
}

function Size({ bytes }: { readonly bytes: number }) {
  const { locale, ...words } = useWords();
  const exact = formatExactBytes(bytes, locale);
  return (
    <data value={bytes} title={exact === null ? undefined : words.bytes(exact)}>
      {formatSize(bytes, locale)}
    </data>
  );
}

function Time({ moment }: { readonly moment: string | null }) {
  const { locale } = useWords();
  if (moment === null) return <span className="quiet-text">–</span>;
  return (
    <time dateTime={moment} title={moment}>
      {formatTime(moment, locale)}
    </time>
  );
}
