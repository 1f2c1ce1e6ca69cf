import type { BucketStoreConfig } from '../../config/config.js';
import type { Logger } from '../../telemetry/logger.js';
import type { Store } from '../store.js';
import { createBucketCatalogue } from './bucket-catalogue.js';
import { createBucketFiles } from './bucket-files.js';
import { createPresignedLinks } from './presigned-links.js';
import { createQuickGets } from './quick-gets.js';
import { createSdkClient } from './sdk-client.js';
import { createStoreClient } from './store-client.js';
import { createStoreClock } from './store-clock.js';
import { isStoreFault, toStoreError } from './store-error.js';

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
  const { config, timeZone, logger, publicUrl, internalUrl } = options;
  const { bucket, prefix, refreshMs, maxAgeMs } = config;
  const clock = createStoreClock(() => options.now().getTime(), logger);
  const sdk = createSdkClient(config, clock);
  await sdk.config.region().catch(() => {
    throw new Error('AWS_REGION: required with EMBEDDED_BUCKET, as us-east-1');
  });
  const quick = createQuickGets({ sdk, bucket, clock });
  const client = createStoreClient(sdk, bucket, quick);
  const destroy = (): void => {
    quick.close();
    sdk.destroy();
  };
  try {
    const catalogue = await createBucketCatalogue({
      client,
      bucket,
      prefix,
      timeZone,
      refreshMs,
      maxAgeMs,
      keepsIndex: true,
      logger,
      ...(options.monotonic && { now: options.monotonic }),
    });
    const links = await createPresignedLinks({
      config,
      client: sdk,
      clock,
      publicUrl,
      internalUrl,
    });
    const timeoutMs = Math.ceil(options.attemptTimeoutMs * SHARE);
    const files = createBucketFiles({ client, links, prefix, timeoutMs });
    return {
      catalogue,
      servedAt: () => files,
      close: () => {
        catalogue.close();
        destroy();
        return Promise.resolve();
      },
    };
  } catch (error) {
    destroy();
    throw startError(error, bucket);
  }
}

function startError(error: unknown, bucket: string): Error {
  const reason = toStoreError(error);
  return new Error(
    `EMBEDDED_BUCKET: the bucket ${bucket} cannot be listed: ${reason.message}.${adviceOn(reason)}`,
    { cause: reason },
  );
}

function adviceOn(reason: unknown): string {
  if (isStoreFault(reason, 'refused')) {
    return ' Check the credentials, as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and their right to list.';
  }
  if (isStoreFault(reason, 'missing')) return ' Check its name.';
  return ' Check AWS_ENDPOINT_URL_S3 and AWS_REGION.';
}
