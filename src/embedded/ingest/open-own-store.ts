import type { EmbeddedConfig } from '../../config/config.js';
import type { Logger } from '../../telemetry/logger.js';
import { createFolderOwnStore } from './folder/folder-own-store.js';
import type { OwnStore } from './own-store.js';

export interface OpenOwnStoreOptions {
  readonly config: Pick<EmbeddedConfig, 'store'>;
  /** Zone of derived times, as `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
}

/** Opens the store that the settings name, for its owner. */
export function openOwnStore({
  config: { store },
  timeZone,
}: OpenOwnStoreOptions): Promise<OwnStore> {
  return Promise.resolve(createFolderOwnStore({ dir: store.dir, timeZone }));
}
