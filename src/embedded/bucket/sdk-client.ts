import { createHash } from 'node:crypto';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { BucketStoreConfig } from '../../config/config.js';
import { createSdkCredentials } from './sdk-credentials.js';
import { isFromCache, type StoreClock } from './store-clock.js';

/** Milliseconds to connect. */
export const CONNECT_MS = 2000;
/** Milliseconds without a byte. */
export const SILENCE_MS = 10_000;
export const MAX_SOCKETS = 64;

export interface SdkOptions {
  /** In place of the store's own. */
  readonly endpoint?: string | undefined;
  /** Milliseconds without a byte. */
  readonly silenceMs?: number;
}

/**
 * The settings of the SDK's client. What is not set here comes from the SDK's own chain: variables, files of
 * profiles, roles of the machine.
 */
export function sdkSettings(
  config: BucketStoreConfig,
  { endpoint, silenceMs = SILENCE_MS }: SdkOptions = {},
): S3ClientConfig {
  const { region, credentials, addressing } = config;
  const given = endpoint ?? config.endpoint;
  return {
    ...(given !== undefined && { endpoint: given }),
    ...(region !== undefined && { region }),
    credentials: credentials
      ? {
          accessKeyId: credentials.accessKeyId,
          secretAccessKey: credentials.secretAccessKey.reveal(),
          ...(credentials.securityToken && { sessionToken: credentials.securityToken.reveal() }),
          ...(credentials.expiresAt && { expiration: credentials.expiresAt }),
        }
      : createSdkCredentials(() => performance.now()),
    forcePathStyle: addressing === 'path' || (addressing === 'auto' && given !== undefined),
    // Else the SDK asks stores for checksums in ways only some of them know, also by what a link signs.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    followRegionRedirects: false,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: silenceMs,
      httpAgent: { maxSockets: MAX_SOCKETS },
      httpsAgent: { maxSockets: MAX_SOCKETS },
    },
  };
}

/**
 * A client that shows each answer to the clock. The SDK corrects its own clock by the `Date` of any answer: of
 * one from a cache, or of a proxy that does not reach the store, it does not get to see it.
 */
export function createSdkClient(
  config: BucketStoreConfig,
  clock: StoreClock,
  silenceMs?: number,
): S3Client {
  const client = new S3Client(sdkSettings(config, silenceMs === undefined ? {} : { silenceMs }));
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { statusCode: status, headers } = result.response as RawResponse;
      clock.learn({ status, headers });
      if (status >= 500 || isFromCache(headers)) delete headers['date'];
      return result;
    },
    // Nearest to the wire.
    { step: 'deserialize', priority: 'low', name: 'storeClock' },
  );
  client.middlewareStack.add(
    (next) => (args) => {
      const { body, headers } = args.request as SentRequest;
      if (body !== undefined) headers['content-md5'] = md5Of(body);
      return next(args);
    },
    // Once the body is there, and before the signature.
    { step: 'build', name: 'contentMd5' },
  );
  return client;
}

/**
 * The checksum of a body that every store knows. Buckets with a default Object Lock refuse objects and parts without
 * one (Amazon S3, PutObject), and all stores refuse what was garbled on the way.
 */
function md5Of(body: string | Uint8Array): string {
  return createHash('md5').update(body).digest('base64');
}

/** Bodies here are no streams: a part is in memory so that it can be sent again. */
interface SentRequest {
  readonly body?: string | Uint8Array;
  readonly headers: Record<string, string>;
}

interface RawResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
}
