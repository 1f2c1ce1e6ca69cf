import { useState } from 'react';
import type { GoTo, ViewControl } from '../../hooks/use-view.js';
import { useInstances } from '../../hooks/use-instances.js';
import type { ExplorerSettings } from '../../settings.js';
import { BackupList } from '../list/backup-list.js';
import { InstanceList } from '../place/instance-list.js';
import { PlaceForm } from '../place/place-form.js';

/** The way to a backup: region, instance, then its list. */
export function Explorer({
  view,
  show,
  settings,
}: ViewControl & { readonly settings: ExplorerSettings }) {
  const instances = useInstances(view.regionId);
  const [takesFocus, setTakesFocus] = useState(false);
  const goTo: GoTo = (regionId, instanceId, isDone) => {
    setTakesFocus(isDone);
    show({ regionId, instanceId, filter: {}, after: null, start: 0, backupId: null });
  };
  const { regionId, instanceId } = view;
  const known = instances.value?.instances.find((instance) => instance.instanceId === instanceId);
  return (
    <>
      <PlaceForm
        regionId={regionId}
        instanceId={instanceId}
        instances={instances.value?.instances ?? []}
        isLoading={instances.isLoading}
        goTo={goTo}
      />
      {instanceId === null ? (
        <InstanceList regionId={regionId} loading={instances} goTo={goTo} />
      ) : (
        <BackupList
          key={`${regionId} ${instanceId}`}
          view={view}
          instanceId={instanceId}
          engine={known?.engine ?? null}
          takesFocus={takesFocus}
          show={show}
          settings={settings}
        />
      )}
    </>
  );
}
