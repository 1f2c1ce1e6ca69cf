import { useState } from 'react';
import { type Region, useInstances, useRegions } from '../hooks/lists.js';
import type { GoTo, ViewControl } from '../hooks/use-view.js';
import { useWords } from '../i18n/language-context.js';
import { isMisnamed, type View } from '../view/view.js';
import { BackupList } from './backup-list.js';
import { InstanceList } from './instance-list.js';
import { PlaceForm } from './place-form.js';

/** Leads from region to instance to the list of backups. */
export function Explorer({ view, show }: ViewControl) {
  const regions = useRegions();
  const regionId = regionOf(view, regions);
  const instances = useInstances(regionId);
  const words = useWords();
  const [takesFocus, setTakesFocus] = useState(false);
  const goTo: GoTo = (regionId, instanceId, isDone) => {
    setTakesFocus(isDone);
    show({ regionId, instanceId, filter: {}, after: null, start: 0, backupId: null });
  };
  const { instanceId } = view;
  const known = instances.value?.instances.find((instance) => instance.instanceId === instanceId);
  return (
    <>
      <PlaceForm
        regions={regions}
        regionId={regionId}
        instanceId={instanceId}
        instances={instances.value?.instances ?? []}
        isLoading={instances.isLoading}
        goTo={goTo}
      />
      {isMisnamed(location.hash) && (
        <p className="notice" role="alert">
          {words.misnamed}
        </p>
      )}
      {instanceId === null ? (
        <InstanceList
          region={words.regionName(
            regionId,
            regions?.find(({ id }) => id === regionId)?.name ?? null,
          )}
          regionId={regionId}
          loading={instances}
          goTo={goTo}
        />
      ) : (
        <BackupList
          key={`${regionId} ${instanceId}`}
          view={view}
          instanceId={instanceId}
          engine={known?.engine ?? null}
          takesFocus={takesFocus}
          show={show}
        />
      )}
    </>
  );
}

/** The view's region; if the URL names none and the default is not listed, the first listed. */
function regionOf({ regionId, instanceId }: View, regions: readonly Region[] | null): string {
  const isNamed = instanceId !== null || location.hash.includes('region=');
  if (isNamed || !regions || regions.some(({ id }) => id === regionId)) return regionId;
  return regions[0]?.id ?? regionId;
}
