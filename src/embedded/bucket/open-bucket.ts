import type { BucketStoreConfig } from '../../config/config.js';
import type { Logger } from '../../telemetry/logger.js';
import { createMultipartUploads, type MultipartUploads } from './multipart-upload.js';
import { createQuickGets } from './quick-gets.js';
import { createSdkClient } from './sdk-client.js';
import { createStoreClient, type StoreClient } from './store-client.js';
import { createStoreClock } from './store-clock.js';

/** A bucket for who adds to it and removes from it. */
export interface OwnBucket {
  /** What the keys of the layout begin with: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly client: StoreClient;
  readonly uploads: MultipartUploads;
  close(): void;
}

/** Milliseconds without a byte: stores put the parts of a large object together in silence. */
const UPLOAD_SILENCE_MS = 300_000;

export function openBucket(config: BucketStoreConfig, logger: Logger): OwnBucket {
  const clock = createStoreClock(() => Date.now(), logger);
  const sdk = createSdkClient(config, clock);
  const patient = createSdkClient(config, clock, UPLOAD_SILENCE_MS);
  const quick = createQuickGets({ sdk, bucket: config.bucket, clock });
  const client = createStoreClient(sdk, config.bucket, quick);
  return {
    prefix: config.prefix,
    client,
    uploads: createMultipartUploads({ sdk: patient, client, bucket: config.bucket }),
    close() {
      quick.close();
      sdk.destroy();
      patient.destroy();
    },
  };
}
