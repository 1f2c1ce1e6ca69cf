import { type ReactNode, useId } from 'react';
import { ENGINES, type Engine } from '../../../domain/engines.js';
import { formatExactBytes, formatSize } from '../../format/size.js';
import { formatTimeParts } from '../../format/time.js';
import type { BackupRowFragment } from '../../generated/operations.js';
import { useWords } from '../../i18n/language-context.js';
import { planDownload } from '../../link/download-plan.js';
import type { ExplorerSettings } from '../../settings.js';
import { BackupDetail } from '../link/backup-detail.js';

/** One backup, and below it what can be downloaded of it while it is open. */
export function BackupRow({
  backup,
  engine,
  isOpen,
  toggle,
  refresh,
  settings,
}: {
  readonly backup: BackupRowFragment;
  readonly engine: Engine | null;
  readonly isOpen: boolean;
  readonly toggle: () => void;
  readonly refresh: () => void;
  readonly settings: ExplorerSettings;
}) {
  const words = useWords();
  const detailId = useId();
  const { backupId, status, type, mode, unit, sizeBytes, startedAt, endedAt } = backup;
  const name = backup.name ?? words.unnamed;
  const unknown = <span className="quiet-text">{words.unknown}</span>;
  const { columns } = words;
  const plan = planDownload(backup, engine);
  const openWord = plan.kind === 'nothing' ? words.why : words.open;
  const how = [mode && words.modesShort[mode], unit && words.units[unit]].filter(Boolean);
  return (
    <>
      <tr role="row" className={isOpen ? 'is-open' : undefined}>
        <Cell name="backup" label={columns.backup}>
          <strong>{name}</strong>
          <code className="quiet-text">{backupId}</code>
        </Cell>
        <Cell name="engine" label={columns.engine}>
          {engine ? ENGINES[engine].label : unknown}
        </Cell>
        <Cell name="status" label={columns.status}>
          {status ? <span className={`badge ${status}`}>{words.statuses[status]}</span> : unknown}
        </Cell>
        <Cell name="type" label={columns.type}>
          {type && <span>{words.types[type]}</span>}
          <span className="quiet-text">{how.join(' · ')}</span>
        </Cell>
        <Cell name="size" label={columns.size}>
          {sizeBytes === null ? (
            unknown
          ) : (
            <data value={sizeBytes} title={words.bytes(formatExactBytes(sizeBytes, words.locale))}>
              {formatSize(sizeBytes, words.locale)}
            </data>
          )}
        </Cell>
        <Cell name="startedAt" label={columns.startedAt}>
          <Time moment={startedAt} />
        </Cell>
        <Cell name="endedAt" label={columns.endedAt}>
          <Time moment={endedAt} />
        </Cell>
        <Cell name="download" label="">
          <button
            type="button"
            className={isOpen || plan.kind === 'nothing' ? 'button' : 'button soft'}
            aria-expanded={isOpen}
            aria-controls={isOpen ? detailId : undefined}
            aria-label={isOpen ? undefined : words.openLabel(openWord, name)}
            onClick={toggle}
          >
            {isOpen ? words.close : openWord}
          </button>
        </Cell>
      </tr>
      {isOpen && (
        <tr role="row" className="detail-row">
          <td role="cell" colSpan={Object.keys(columns).length} id={detailId}>
            <BackupDetail
              backup={backup}
              plan={plan}
              engine={engine}
              refresh={refresh}
              settings={settings}
            />
          </td>
        </tr>
      )}
    </>
  );
}

function Cell({
  name,
  label,
  children,
}: {
  readonly name: string;
  readonly label: string;
  readonly children: ReactNode;
}) {
  return (
    <td role="cell" className={name}>
      {label !== '' && (
        <span className="cell-label" aria-hidden="true">
          {label}
        </span>
      )}
      <span className="cell-value">{children}</span>
    </td>
  );
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
