import type { Answer } from '../client/graphql-client.js';
import { BackupDocument, type BackupQuery } from '../generated/operations.js';
import { useSession } from './session.js';
import { type Loading, useLoad } from './use-load.js';

/** Loads one backup by its region, instance and backup id. */
export function useSharedBackup(id: string): Loading<Answer<BackupQuery>> {
  const { ask } = useSession();
  return useLoad(id, (signal) => ask(BackupDocument, { id }, signal));
}
