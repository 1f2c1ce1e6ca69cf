import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { ENGINES, type Engine } from '../../domain/engines.js';
import { safeText } from '../../domain/safe-text.js';
import { zoneName } from '../format.js';
import type { BackupRowFragment } from '../generated/operations.js';
import { useAnnounce } from '../hooks/announcer.js';
import { useBackups, useSharedBackup } from '../hooks/lists.js';
import { useRefresh } from '../hooks/timers.js';
import type { ViewControl } from '../hooks/use-view.js';
import { useWords } from '../i18n/language-context.js';
import { formatView } from '../view/view.js';
import { BackupTable, typeWords } from './backup-table.js';
import { COLUMNS, columnsOf } from './columns.js';
import { Button, matches, SearchField } from './controls.js';
import { FilterForm } from './filter-form.js';
import { Pager } from './pager.js';
import { Empty, FailureNotice, joined, Skeleton } from './parts.js';

/** The backups of one instance: filter, table and pager. */
export function BackupList({
  view,
  instanceId,
  engine: listedEngine,
  takesFocus,
  show,
}: ViewControl & {
  readonly instanceId: string;
  /** From the list of instances; null if it does not say. */
  readonly engine: Engine | null;
  /** Whether the control that led here had the focus and has disappeared. */
  readonly takesFocus: boolean;
}) {
  const words = useWords();
  const announce = useAnnounce();
  const { value, isLoading, reload } = useBackups(view, instanceId);
  const title = useRef<HTMLHeadingElement>(null);
  const [search, setSearch] = useState('');
  const isFiltered = Object.keys(view.filter).length > 0;

  useEffect(() => {
    if (takesFocus) title.current?.focus();
  }, [takesFocus]);

  const data = value?.data ?? null;
  const page = data?.backups ?? null;
  const nodes = page?.nodes ?? [];
  const instance = data?.instance ?? null;
  const engine = instance?.engine ?? listedEngine ?? page?.nodes[0]?.engine ?? null;
  const [failure = null] = value?.failures ?? [];
  const isGone = data !== null && instance === null && failure === null;
  const empty = isGone && !isFiltered ? 'noInstance' : isFiltered ? 'noMatches' : 'noBackups';

  const announced = useRef('');
  const announceCount = useEffectEvent((count: number) => {
    // An automatic refresh that changes nothing stays silent.
    const news = `${formatView({ ...view, backupId: null })} ${count}`;
    if (announced.current === news) return;
    announced.current = news;
    announce(count > 0 ? words.shownCount(count) : words[empty]);
  });
  useEffect(() => {
    if (!isLoading && value?.data?.backups) announceCount(value.data.backups.nodes.length);
  }, [isLoading, value]);
  useRefresh(
    nodes.some(({ status }) => status === 'BUILDING'),
    reload,
  );

  const found = nodes.filter(({ name, backupId }) => matches(search, name, backupId));
  const columns = columnsOf(nodes, engine);
  const [first] = nodes;
  const sharedType = first && !columns.includes('type') ? typeWords(first, words) : [];
  const isOffPage =
    view.backupId !== null &&
    value !== null &&
    !isLoading &&
    nodes.every(({ backupId }) => backupId !== view.backupId);
  const version = [engine && ENGINES[engine].label, safeText(instance?.engineVersion ?? '')];

  return (
    <section aria-labelledby="backups-title" aria-busy={isLoading}>
      <div className="list-head row spread">
        <div>
          <h2 id="backups-title" ref={title} tabIndex={-1}>
            {words.backupsOf(safeText(instance?.name ?? instanceId))}
          </h2>
          {!(isGone && nodes.length === 0) && (
            <p className="quiet-text">
              {joined(
                version.filter(Boolean).join(' '),
                ...sharedType,
                page?.totalCount !== undefined && words.backupsCount(page.totalCount),
                words.newestFirst,
                words.timesIn(zoneName(words.locale, new Date())),
              )}
            </p>
          )}
        </div>
        <SearchField
          label={words.search}
          text={search}
          found={found.length}
          total={nodes.length}
          change={setSearch}
        />
        <Button
          onPress={() => {
            announced.current = '';
            reload();
          }}
        >
          {words.refresh}
        </Button>
      </div>
      {isGone && nodes.length > 0 && <p className="notice info">{words.instanceDeleted}</p>}
      {first?.viewerCanDownload === false && <p className="notice info">{words.readOnly}</p>}
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
          {page !== null && (
            <p className="notice bad">{value?.isOld ? words.notRefreshed : words.partial}</p>
          )}
          <FailureNotice failure={failure} retry={reload} />
        </>
      )}
      {isLoading && data === null && failure === null && <Skeleton />}
      {isOffPage && (
        <SharedBackup
          id={`${view.regionId}/${instanceId}/${view.backupId}`}
          backupId={view.backupId}
          engine={engine}
          close={() => show({ backupId: null })}
        />
      )}
      {found.length > 0 && (
        <BackupTable
          backups={found}
          columns={columns}
          titleId="backups-title"
          engine={engine}
          openId={view.backupId}
          open={(backupId) => show({ backupId })}
          refresh={reload}
        />
      )}
      {nodes.length > 0 && found.length === 0 && (
        <Empty title={words.notFound} hint={words.notFoundHint} />
      )}
      {page?.nodes.length === 0 && !isLoading && (
        <Empty title={words[empty]} hint={words.emptyHints[empty]} />
      )}
      {page !== null && (
        <Pager
          view={view}
          count={nodes.length}
          total={page.totalCount ?? null}
          next={page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null}
          goTo={({ after, start }) => {
            show({ after, start, backupId: null });
            title.current?.focus();
          }}
          resize={(pageSize) => show({ pageSize, after: null, start: 0, backupId: null })}
        />
      )}
    </section>
  );
}

/** Databases of the loaded backups, as suggestions. */
function databasesOf(backups: readonly BackupRowFragment[]): readonly string[] {
  const names = backups.flatMap(({ files }) => files.map(({ databaseName }) => databaseName));
  return [...new Set(names)].sort();
}

/** The backup named in the URL, if the current page of the list does not contain it. */
function SharedBackup({
  id,
  backupId,
  engine,
  close,
}: {
  /** Region, instance and backup. */
  readonly id: string;
  readonly backupId: string;
  readonly engine: Engine | null;
  readonly close: () => void;
}) {
  const words = useWords();
  const { value, isLoading, reload } = useSharedBackup(id);
  if (isLoading && value === null) return <p className="hint">{words.loading}</p>;
  const [failure] = value?.failures ?? [];
  const backup = value?.data?.backup ?? null;
  if (failure !== undefined && backup === null)
    return <FailureNotice failure={failure} retry={reload} />;
  if (backup === null)
    return (
      <p className="notice" role="alert">
        {words.noSuchBackup(backupId)}
      </p>
    );
  return (
    <>
      <h3 id="shared-title">{words.sharedBackup}</h3>
      <BackupTable
        backups={[backup]}
        columns={COLUMNS.filter((column) => column !== 'engine')}
        titleId="shared-title"
        engine={engine}
        openId={backupId}
        open={close}
        refresh={reload}
      />
    </>
  );
}
