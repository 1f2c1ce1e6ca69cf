import { useEffect, useEffectEvent, useRef } from 'react';
import { ENGINES, type Engine } from '../../../domain/engines.js';
import { safeText } from '../../../domain/safe-text.js';
import { zoneName } from '../../format/time.js';
import { useAnnounce } from '../../hooks/announcer.js';
import { useBackups } from '../../hooks/use-backups.js';
import type { ViewControl } from '../../hooks/use-view.js';
import { useWords } from '../../i18n/language-context.js';
import type { ExplorerSettings } from '../../settings.js';
import type { BackupRowFragment } from '../../generated/operations.js';
import { useRefresh } from '../../hooks/use-refresh.js';
import { formatView } from '../../view/view.js';
import { typeWords } from './backup-cell.js';
import { BackupTable } from './backup-table.js';
import { FailureNotice } from '../parts/failure-notice.js';
import { FilterForm } from './filter-form.js';
import { columnsOf } from './columns.js';
import { Pager } from './pager.js';
import { SharedBackup } from './shared-backup.js';
import { Empty, Skeleton } from '../parts/placeholders.js';

/** The backups of one instance: filter, table and pager. */
export function BackupList({
  view,
  instanceId,
  engine: listedEngine,
  takesFocus,
  show,
  settings,
}: ViewControl & {
  readonly instanceId: string;
  /** From the list of instances; null if it does not say. */
  readonly engine: Engine | null;
  /** Whether the control that led here had the focus and has disappeared. */
  readonly takesFocus: boolean;
  readonly settings: ExplorerSettings;
}) {
  const words = useWords();
  const announce = useAnnounce();
  const { value, isLoading, reload } = useBackups(view, instanceId);
  const title = useRef<HTMLHeadingElement>(null);
  const isFiltered = Object.keys(view.filter).length > 0;

  useEffect(() => {
    if (takesFocus) title.current?.focus();
  }, [takesFocus]);

  const announced = useRef('');
  const announceCount = useEffectEvent((count: number) => {
    // An automatic refresh that changes nothing stays silent.
    const news = `${formatView({ ...view, backupId: null })} ${count}`;
    if (announced.current === news) return;
    announced.current = news;
    announce(count > 0 ? words.shownCount(count) : isFiltered ? words.noMatches : words.noBackups);
  });
  useEffect(() => {
    if (!isLoading && value?.data?.backups) announceCount(value.data.backups.nodes.length);
  }, [isLoading, value]);

  const data = value?.data ?? null;
  const page = data?.backups ?? null;
  const nodes = page?.nodes ?? [];
  useRefresh(
    nodes.some(({ status }) => status === 'BUILDING'),
    reload,
  );
  const instance = data?.instance ?? null;
  const engine = instance?.engine ?? listedEngine ?? page?.nodes[0]?.engine ?? null;
  const [failure = null] = value?.failures ?? [];
  const isGone = data !== null && instance === null && failure === null;
  const columns = columnsOf(nodes, engine);
  const [first] = nodes;
  const sharedType = first && !columns.includes('type') ? typeWords(first, words) : [];
  const isOffPage =
    view.backupId !== null &&
    value !== null &&
    !isLoading &&
    nodes.every(({ backupId }) => backupId !== view.backupId);
  const version = [engine && ENGINES[engine].label, safeText(instance?.engineVersion ?? '')].filter(
    Boolean,
  );

  return (
    <section aria-labelledby="backups-title" aria-busy={isLoading}>
      <div className="list-head">
        <div>
          <h2 id="backups-title" ref={title} tabIndex={-1}>
            {words.backupsOf(safeText(instance?.name ?? instanceId))}
          </h2>
          <p className="quiet-text">
            {[
              version.join(' '),
              ...sharedType,
              ...countOf(page, words),
              words.newestFirst,
              words.timesIn(zoneName(words.locale, new Date())),
            ]
              .filter(Boolean)
              .join(' · ')}
          </p>
        </div>
        <button
          type="button"
          className="button"
          onClick={() => {
            announced.current = '';
            reload();
          }}
        >
          {words.refresh}
        </button>
      </div>
      {isGone && page !== null && page.nodes.length > 0 && (
        <p className="notice info">{words.instanceDeleted}</p>
      )}
      <FilterForm
        // Remount, so the fields start from the current filter.
        key={JSON.stringify(view.filter)}
        filter={view.filter}
        engine={engine}
        databases={databasesOf(nodes)}
        apply={(filter) => {
          show({ filter, after: null, start: 0, backupId: null });
          title.current?.focus();
        }}
      />
      {failure !== null && (
        <>
          {page !== null && <p className="notice bad">{words.partial}</p>}
          <FailureNotice failure={failure} retry={reload} />
        </>
      )}
      {isLoading && data === null && failure === null && <Skeleton />}
      {isOffPage && (
        <SharedBackup
          regionId={view.regionId}
          instanceId={instanceId}
          backupId={view.backupId}
          engine={engine}
          close={() => {
            show({ backupId: null });
          }}
          settings={settings}
        />
      )}
      {nodes.length > 0 && (
        <BackupTable
          backups={nodes}
          columns={columns}
          titleId="backups-title"
          engine={engine}
          openId={view.backupId}
          open={(backupId) => {
            show({ backupId });
          }}
          refresh={reload}
          settings={settings}
        />
      )}
      {page?.nodes.length === 0 && !isLoading && (
        <Empty
          title={isFiltered ? words.noMatches : words.noBackups}
          hint={isFiltered ? words.noMatchesHint : words.noBackupsHint}
        />
      )}
      {page !== null && (
        <Pager
          place={view}
          count={nodes.length}
          total={page.totalCount ?? null}
          next={page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null}
          pageSize={view.pageSize}
          goTo={({ after, start }) => {
            show({ after, start, backupId: null });
            title.current?.focus();
          }}
          resize={(pageSize) => {
            show({ pageSize, after: null, start: 0, backupId: null });
          }}
        />
      )}
    </section>
  );
}

function countOf(
  page: { readonly totalCount?: number } | null,
  words: ReturnType<typeof useWords>,
): string[] {
  const count = page?.totalCount;
  return count === undefined ? [] : [words.backupsCount(count)];
}

/** Databases of the loaded backups, as suggestions. */
function databasesOf(backups: readonly BackupRowFragment[]): readonly string[] {
  const names = backups.flatMap(({ files }) => files.map(({ databaseName }) => databaseName));
  return [...new Set(names)].sort();
}
