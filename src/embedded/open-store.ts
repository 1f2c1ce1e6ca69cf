import { silenceSdkVersionWarning } from '../config/env.js';
import type { EmbeddedConfig } from '../config/config.js';
import { type FolderStoreOptions, openFolderStore } from './folder/folder-store.js';
import type { Store } from './store.js';

export interface StoreOptions extends Omit<FolderStoreOptions, 'config' | 'dir' | 'isDefault'> {
  readonly config: Pick<EmbeddedConfig, 'store' | 'publicUrl' | 'internalUrl' | 'fullCheckMs'>;
  /** Milliseconds a caller waits for a response of the REST API. */
  readonly attemptTimeoutMs: number;
}

/**
 * Opens the store of own backups. The client of object storage is large and loaded only for a
 * bucket.
 * @throws Error naming the invalid setting if the store cannot be used
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { store, publicUrl, internalUrl } = options.config;
  if (store.kind === 'folder') return openFolderStore({ ...options, ...store });
  silenceSdkVersionWarning();
  const { openBucketStore } = await import('./bucket/bucket-store.js');
  return openBucketStore({ ...options, config: store, publicUrl, internalUrl });
}
