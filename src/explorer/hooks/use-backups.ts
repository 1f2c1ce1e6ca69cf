import type { Answer } from '../client/graphql-client.js';
import { BackupsDocument, type BackupsQuery } from '../generated/operations.js';
import type { View } from '../view/view.js';
import { useSession } from './session.js';
import { type Loading, useLoad } from './use-load.js';

/** Loads the page of backups that a view shows. */
export function useBackups(
  { regionId, filter, after, pageSize: first }: View,
  instanceId: string,
): Loading<Answer<BackupsQuery>> {
  const { ask } = useSession();
  const isFiltered = Object.keys(filter).length > 0;
  const variables = { regionId, instanceId, filter, first, after, isFiltered };
  return useLoad(JSON.stringify(variables), (signal) => ask(BackupsDocument, variables, signal));
}
