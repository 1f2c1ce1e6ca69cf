import type { S3Client } from '@aws-sdk/client-s3';
import type { BucketStoreConfig } from '../../config/config.js';
import type { Logger } from '../../telemetry/logger.js';
import type { Store } from '../store.js';
import { createBucketCatalogue } from './bucket-catalogue.js';
import { createBucketFiles } from './bucket-files.js';
import { createSdkClient } from './sdk-client.js';
import { createStoreClient, type StoreClient } from './store-client.js';
import { createStoreClock, type StoreClock } from './store-clock.js';
import { adviceOn, toStoreError } from './store-error.js';

export interface BucketStoreOptions {
  readonly config: BucketStoreConfig;
  readonly publicUrl?: string | undefined;
  readonly internalUrl?: string | undefined;
  /** Zone of derived times, as `+08:00`. */
  readonly timeZone: string;
  /** Milliseconds the caller of the REST API waits for a link. */
  readonly attemptTimeoutMs: number;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Milliseconds, by a clock that never goes back. */
  readonly monotonic?: () => number;
}

/** The part of the caller's time that the store has: the answer must come before the caller gives up. */
const SHARE = 0.75;

/**
 * Opens the bucket and lists it. The store itself hands out its files.
 * @throws Error naming the setting at fault where it cannot be listed, or links cannot be signed
 */
export async function openBucketStore(options: BucketStoreOptions): Promise<Store> {
  const { config, publicUrl, internalUrl } = options;
  const { sdk, clock, client } = openBucket(options);
  try {
    const catalogue = await createBucketCatalogue({
      ...config,
      client,
      timeZone: options.timeZone,
      logger: options.logger,
      ...(options.monotonic && { now: options.monotonic }),
    });
    const timeoutMs = Math.ceil(options.attemptTimeoutMs * SHARE);
    const files = await createBucketFiles({
      config,
      client,
      sdk,
      clock,
      publicUrl,
      internalUrl,
      timeoutMs,
    });
    return {
      catalogue,
      servedAt: () => files,
      close: () => {
        catalogue.close();
        sdk.destroy();
        return Promise.resolve();
      },
    };
  } catch (error) {
    const hasRegion = await sdk.config.region().then(Boolean, () => false);
    sdk.destroy();
    if (!hasRegion) {
      throw new Error('AWS_REGION: required with EMBEDDED_BUCKET, as us-east-1', { cause: error });
    }
    const reason = toStoreError(error);
    throw new Error(
      `EMBEDDED_BUCKET: the bucket ${config.bucket} cannot be listed: ${reason.message}. ${adviceOn(reason, config.profile)}`,
      { cause: reason },
    );
  }
}

export interface OpenBucketOptions {
  readonly config: BucketStoreConfig;
  readonly logger: Logger;
  readonly now?: () => Date;
  /** Milliseconds without a byte. */
  readonly silenceMs?: number;
}

export interface OpenedBucket {
  readonly sdk: S3Client;
  readonly clock: StoreClock;
  readonly client: StoreClient;
}

/** A bucket and the clock of its store, for who serves it and for who adds to it. */
export function openBucket({
  config,
  logger,
  now = () => new Date(),
  silenceMs,
}: OpenBucketOptions): OpenedBucket {
  const clock = createStoreClock(() => now().getTime(), logger);
  const sdk = createSdkClient(config, clock, silenceMs);
  return { sdk, clock, client: createStoreClient(sdk, config.bucket, clock) };
}
