import { useEffect, useEffectEvent, useState } from 'react';
import { ENGINES } from '../../domain/engines.js';
import { safeText } from '../../domain/safe-text.js';
import { useAnnounce } from '../hooks/announcer.js';
import type { RegionInstances } from '../hooks/lists.js';
import type { Loading } from '../hooks/use-load.js';
import type { GoTo } from '../hooks/use-view.js';
import { useWords } from '../i18n/language-context.js';
import { matches, SearchField } from './controls.js';
import { Empty, FailureNotice, Skeleton } from './parts.js';

/** The instances of a region, one button each. */
export function InstanceList({
  region,
  regionId,
  loading: { value, isLoading, reload },
  goTo,
}: {
  /** Display name of the region. */
  readonly region: string;
  readonly regionId: string;
  readonly loading: Loading<RegionInstances>;
  readonly goTo: GoTo;
}) {
  const words = useWords();
  const announce = useAnnounce();
  const [search, setSearch] = useState('');
  const instances = value?.instances ?? [];
  const found = instances.filter(({ name, instanceId }) => matches(search, name, instanceId));
  const count = value?.instances.length ?? null;
  // After a failure, an empty list does not mean that the region has no instances.
  const isEmpty = count === 0 && value?.failure === null;
  const announceCount = useEffectEvent((found: number) =>
    announce(isEmpty ? words.noInstances : words.instancesCount(found)),
  );
  useEffect(() => {
    if (count !== null && !isLoading && (count > 0 || isEmpty)) announceCount(count);
  }, [count, isEmpty, isLoading]);
  return (
    <section aria-labelledby="instances-title" aria-busy={isLoading}>
      <h2 id="instances-title">{words.instancesOf(region)}</h2>
      {value?.failure && <FailureNotice failure={value.failure} retry={reload} />}
      {isLoading && value === null && <Skeleton />}
      <SearchField
        label={words.search}
        text={search}
        found={found.length}
        total={instances.length}
        change={setSearch}
      />
      {instances.length > 0 && (
        <ul className="instances">
          {found.map(({ instanceId, name, engine, engineVersion }) => {
            const version = [engine && ENGINES[engine].label, engineVersion].filter(Boolean);
            return (
              <li key={instanceId}>
                <button
                  type="button"
                  className="card instance"
                  onClick={() => goTo(regionId, instanceId, true)}
                >
                  <strong>{safeText(name ?? instanceId)}</strong>
                  <code>{instanceId}</code>
                  {version.length > 0 && (
                    <span className="quiet-text">{safeText(version.join(' '))}</span>
                  )}
                </button>
              </li>
            );
          })}
        </ul>
      )}
      {isEmpty && <Empty title={words.noInstances} hint={words.noInstancesHint} />}
      {value !== null && count !== 0 && <p className="hint">{words.deletedHint}</p>}
      {value?.hasMore && value.failure === null && <p className="hint">{words.moreInstances}</p>}
    </section>
  );
}
