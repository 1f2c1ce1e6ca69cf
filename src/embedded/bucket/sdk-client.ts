import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { BucketStoreConfig } from '../../config/config.js';
import { createSdkCredentials } from './sdk-credentials.js';
import { isFromCache, type StoreClock } from './store-clock.js';
import { StoreError } from './store-error.js';

/** Milliseconds to connect. */
const CONNECT_MS = 2000;
/** Milliseconds without a byte. */
const SILENCE_MS = 10_000;
const MAX_SOCKETS = 64;
/** Bytes of one page of a listing: 1,000 keys of 1,024 bytes, percent-encoded, take 3.5 MB. */
const MAX_PAGE = 16 * 1024 ** 2;

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
      : createSdkCredentials(),
    forcePathStyle: addressing === 'path' || (addressing === 'auto' && given !== undefined),
    // Otherwise the SDK asks for checksums in ways only some stores know, also in what a link signs.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    followRegionRedirects: false,
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: silenceMs,
      httpAgent: { maxSockets: MAX_SOCKETS },
      httpsAgent: { maxSockets: MAX_SOCKETS },
    },
  };
}

/** A client that sends a checksum with every body and shows each answer to the clock. */
export function createSdkClient(
  config: BucketStoreConfig,
  clock: StoreClock,
  silenceMs?: number,
): S3Client {
  const client = new S3Client(sdkSettings(config, silenceMs === undefined ? {} : { silenceMs }));
  client.middlewareStack.add(
    (next) => (args) => {
      const { body, headers } = args.request as SentRequest;
      if (body !== undefined) headers['content-md5'] = md5Of(body);
      return next(args);
    },
    // Once the body is there, and before the signature.
    { step: 'build', name: 'contentMd5' },
  );
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        const response = result.response as RawResponse;
        const { statusCode: status, headers } = response;
        clock.learn({ status, headers });
        // The SDK corrects its clock by any date: not by one of a cache, or of a proxy without the store.
        if (status >= 500 || isFromCache(headers)) delete headers['date'];
        await mendTimes(response, commandName);
        return result;
      },
    // Nearest to the wire.
    { step: 'deserialize', priority: 'low', name: 'storeAnswers' },
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

const FAR_FUTURE = new Date('9999-12-31T23:59:59Z');

/**
 * The SDK throws a whole listing away for one time it cannot read, such as one of the year 10000. Such a time becomes
 * a readable one after all others.
 */
async function mendTimes(response: RawResponse, commandName: string | undefined): Promise<void> {
  const { statusCode, headers, body } = response;
  const modified = headers['last-modified'];
  if (modified !== undefined && !/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/.test(modified)) {
    headers['last-modified'] = FAR_FUTURE.toUTCString();
  }
  if (commandName !== 'ListObjectsV2Command' || statusCode !== 200) return;
  const text = await readBounded(body, MAX_PAGE);
  if (text === null) throw new StoreError('unavailable', 'LISTING_PAGE_TOO_LARGE');
  const mended = text.replace(UNREADABLE_TIME, `<LastModified>${FAR_FUTURE.toISOString()}<`);
  response.body = Readable.from([Buffer.from(mended)]);
}

/** A time the SDK cannot read (RFC 3339 with a year of four digits). */
const UNREADABLE_TIME =
  /<LastModified>(?!\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z<)[^<]{0,64}</g;

/** Bodies here are no streams: a part is in memory so that it can be sent again. */
interface SentRequest {
  readonly body?: string | Uint8Array;
  readonly headers: Record<string, string>;
}

interface RawResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
}

/**
 * The text of a body, whether or not its length was announced. The rest of a longer one is not read.
 * @returns null where it has more than `maxBytes`
 * @throws the reason of `signal`
 */
export async function readBounded(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop destroys the stream.
    signal?.throwIfAborted();
    if (size > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
