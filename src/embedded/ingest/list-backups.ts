import type { CataloguedBackup } from '../catalogue/catalogued-backup.js';
import type { OwnStore } from './own-store.js';

/** What of the store is listed; absent members do not narrow. */
export interface OwnFilter {
  readonly regionId?: string | undefined;
  readonly instanceId?: string | undefined;
}

/** The backups of the store, those of one instance after the other, newest first. @throws ApiError */
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
