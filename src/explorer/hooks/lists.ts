import { useRef } from 'react';
import type { Failure } from '../client/failure.js';
import type { Answer } from '../client/graphql-client.js';
import {
  BackupDocument,
  type BackupQuery,
  BackupsDocument,
  type BackupsQuery,
  InstancesDocument,
  type InstancesQuery,
  type InstancesQueryVariables,
  RegionsDocument,
  type RegionsQuery,
} from '../generated/operations.js';
import type { View } from '../view/view.js';
import { type Session, useSession } from './session.js';
import { type Loading, useLoad } from './use-load.js';

export interface Region {
  readonly id: string;
  /** Null if the service has no name for it. */
  readonly name: string | null;
}

/** The regions of the service; null while loading, or if the service cannot list them. */
export function useRegions(): readonly Region[] | null {
  const { ask } = useSession();
  const { value } = useLoad<Answer<RegionsQuery>>('', (signal) => ask(RegionsDocument, {}, signal));
  return value?.data?.regions ?? null;
}

export type Instance = NonNullable<InstancesQuery['instances']>['nodes'][number];

export interface RegionInstances {
  readonly regionId: string;
  readonly instances: readonly Instance[];
  readonly failure: Failure | null;
  /** Whether the region has more instances than were read. */
  readonly hasMore: boolean;
}

/** Pages of 100 instances. Beyond them, people type the id. */
const MAX_PAGES = 5;

/** The instances of a region; null until they have loaded. */
export function useInstances(regionId: string): Loading<RegionInstances> {
  const { ask } = useSession();
  const loading = useLoad(regionId, (signal) => readInstances(ask, regionId, signal));
  return loading.value?.regionId === regionId ? loading : { ...loading, value: null };
}

async function readInstances(
  ask: Session['ask'],
  regionId: string,
  signal: AbortSignal,
): Promise<RegionInstances> {
  const instances: Instance[] = [];
  let after: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const variables: InstancesQueryVariables = { regionId, after };
    const answer: Answer<InstancesQuery> = await ask(InstancesDocument, variables, signal);
    const [failure = null] = answer.failures;
    const list: InstancesQuery['instances'] = answer.data?.instances ?? null;
    if (list === null) return { regionId, instances, failure, hasMore: true };
    instances.push(...list.nodes);
    after = list.pageInfo.endCursor;
    if (!list.pageInfo.hasNextPage) return { regionId, instances, failure, hasMore: false };
  }
  return { regionId, instances, failure: null, hasMore: true };
}

/** A page of backups; `isOld` if a refresh failed and the list of before stays. */
export type BackupsAnswer = Answer<BackupsQuery> & { readonly isOld?: true };

/**
 * Loads the page of backups that a view shows. If a refresh fails, the list stays, and the failure
 * is shown as well.
 */
export function useBackups(
  { regionId, filter, after, pageSize: first }: View,
  instanceId: string,
): Loading<BackupsAnswer> {
  const { ask } = useSession();
  const isFiltered = Object.keys(filter).length > 0;
  const variables = { regionId, instanceId, filter, first, after, isFiltered };
  const key = JSON.stringify(variables);
  const listed = useRef<{ readonly key: string; readonly data: BackupsQuery } | null>(null);
  return useLoad<BackupsAnswer>(key, async (signal) => {
    const answer = await ask(BackupsDocument, variables, signal);
    if (answer.data?.backups) listed.current = { key, data: answer.data };
    else if (listed.current?.key === key)
      return { ...answer, data: listed.current.data, isOld: true };
    return answer;
  });
}

/** Loads one backup by its region, instance and backup id. */
export function useSharedBackup(id: string): Loading<Answer<BackupQuery>> {
  const { ask } = useSession();
  return useLoad(id, (signal) => ask(BackupDocument, { id }, signal));
}
