import type { Failure } from '../client/failure.js';
import type { Answer } from '../client/graphql-client.js';
import {
  type InstancesQuery,
  type InstancesQueryVariables,
  InstancesDocument,
} from '../generated/operations.js';
import { type Session, useSession } from './session.js';
import { type Loading, useLoad } from './use-load.js';

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
