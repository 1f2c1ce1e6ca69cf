import type { BucketStoreConfig } from '../../src/config/config.js';
import { silenceSdkVersionWarning } from '../../src/config/env.js';
import {
  type BucketStoreOptions,
  openBucketStore,
} from '../../src/embedded/bucket/bucket-store.js';
import type { CataloguedBackup } from '../../src/embedded/catalogue/catalogued-backup.js';
import type { IssuedLinks, Store } from '../../src/embedded/store.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { closing } from './closing.js';

export interface TestBucketStore extends Store {
  readonly log: readonly Record<string, unknown>[];
  /** Lines of the log with this message. */
  told(message: string): readonly Record<string, unknown>[];
  backup(id: string): Promise<CataloguedBackup | null>;
  /** A link to the first file of a backup, or to the one named. */
  link(id: string, lifetime?: number, fileName?: string): Promise<IssuedLinks | null>;
}

/** Opens a bucket without the product around it. */
export async function openTestBucket(
  config: BucketStoreConfig,
  options: Partial<BucketStoreOptions> = {},
): Promise<TestBucketStore> {
  silenceSdkVersionWarning();
  const log: Record<string, unknown>[] = [];
  const store = await openBucketStore({
    config,
    timeZone: '+08:00',
    attemptTimeoutMs: 4000,
    logger: createLogger('debug', {
      write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>),
    }),
    now: () => new Date(),
    ...options,
  });
  const files = store.servedAt({ origin: '', localhost: '' });
  const backup = (id: string): Promise<CataloguedBackup | null> => {
    const [regionId = '', instanceId = '', backupId = ''] = id.split('/');
    return store.catalogue.backup({ regionId, instanceId, backupId });
  };
  return {
    ...store,
    close: closing(() => store.close()),
    log,
    told: (message) => log.filter(({ msg }) => String(msg).includes(message)),
    backup,
    async link(id, lifetime = 60, fileName) {
      const found = (await backup(id))!;
      const file = found.files.find(({ name }) => fileName === undefined || name === fileName)!;
      return files.issue(found, file, lifetime);
    },
  };
}
