import type { Answer } from '../client/graphql-client.js';
import { RegionsDocument, type RegionsQuery } from '../generated/operations.js';
import { useSession } from './session.js';
import { useLoad } from './use-load.js';

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
