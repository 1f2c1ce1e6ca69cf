import { silenceSdkVersionWarning } from '../../config/env.js';
import type { EmbeddedConfig } from '../../config/config.js';
import type { Logger } from '../../telemetry/logger.js';
import { createFolderOwnStore } from './folder/folder-own-store.js';
import type { OwnStore } from './own-store.js';

export interface OpenOwnStoreOptions {
  readonly config: Pick<EmbeddedConfig, 'store'>;
  /** UTC offset of derived times, for example `+08:00`. */
  readonly timeZone: string;
  readonly logger: Logger;
}

/** Opens the configured store for its owner. */
export async function openOwnStore({
  config: { store },
  timeZone,
  logger,
}: OpenOwnStoreOptions): Promise<OwnStore> {
  if (store.kind === 'folder') return createFolderOwnStore({ dir: store.dir, timeZone });
  // Load the object storage client, which is large, only for a bucket.
  silenceSdkVersionWarning();
  const { createBucketOwnStore } = await import('./bucket/bucket-own-store.js');
  return createBucketOwnStore({ config: store, timeZone, logger });
}
