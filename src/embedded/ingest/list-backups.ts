import type { CataloguedBackup } from '../catalogue/catalogued-backup.js';
import type { OwnStore } from './own-store.js';

/** Limits the listing; absent members match everything. */
export interface OwnFilter {
  readonly regionId?: string | undefined;
  readonly instanceId?: string | undefined;
}

/** Lists the backups of the store, instance by instance, newest first. @throws ApiError */
export async function* listBackups(
  store: OwnStore,
  { regionId, instanceId }: OwnFilter = {},
): AsyncGenerator<readonly CataloguedBackup[]> {
  for (const key of await store.instances()) {
    if (regionId !== undefined && key.regionId !== regionId) continue;
    if (instanceId !== undefined && key.instanceId !== instanceId) continue;
    const backups = await store.catalogue.backups(key);
    if (backups && backups.length > 0) yield backups;
  }
}
