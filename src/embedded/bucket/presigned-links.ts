import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { BucketStoreConfig } from '../../config/config.js';
import { attachment } from '../api/attachment.js';
import { sdkSettings } from './sdk-client.js';
import type { StoreClock } from './store-clock.js';
import { StoreError, toStoreError } from './store-error.js';

/** Makes links to objects: GETs of the store itself, signed in their query. */
export interface PresignedLinks {
  /**
   * Both links; they end after `lifetime` seconds by the store's clock, or with the credentials they are
   * signed with, or at `notAfter`. Clients save the object as `name`.
   * @throws StoreError `refused` where there are no credentials, or they have ended
   */
  sign(object: LinkedObject, lifetime: number, notAfter?: Date): Promise<LinkPair>;
  /** Origins of the links. */
  readonly origins: readonly string[];
}

export interface LinkedObject {
  readonly key: string;
  /** What clients save it as. */
  readonly name: string;
}

export interface LinkPair {
  readonly publicURL: string;
  readonly internalURL: string;
}

export interface PresignedLinksOptions {
  readonly config: BucketStoreConfig;
  /** Whose credentials and region the links are signed with. */
  readonly client: S3Client;
  readonly clock: StoreClock;
  /** What links begin with in place of the store's endpoint. A path is one that a proxy before it takes off. */
  readonly publicUrl?: string | undefined;
  readonly internalUrl?: string | undefined;
}

/** @throws StoreError as `sign` does */
export async function createPresignedLinks(
  options: PresignedLinksOptions,
): Promise<PresignedLinks> {
  const { client, clock } = options;
  const [ofPublic, ofInternal] = [options.publicUrl, options.internalUrl].map((base) =>
    createSigner(options, base),
  ) as [Sign, Sign];

  async function sign(object: LinkedObject, lifetime: number, notAfter?: Date): Promise<LinkPair> {
    try {
      const { expiration } = await client.config.credentials();
      const now = clock.now();
      const ends = [expiration, notAfter].filter((end) => end !== undefined);
      const left = ends.map((end) => Math.floor((end.getTime() - now.getTime()) / 1000));
      const expiresIn = Math.min(lifetime, ...left);
      if (expiresIn < 1) throw new StoreError('refused', 'ExpiredToken');
      const [publicURL, internalURL] = await Promise.all([
        ofPublic(object, now, expiresIn),
        ofInternal(object, now, expiresIn),
      ]);
      return { publicURL, internalURL };
    } catch (error) {
      throw toStoreError(error);
    }
  }

  const { publicURL, internalURL } = await sign({ key: 'any', name: 'any' }, 1);
  return { sign, origins: [publicURL, internalURL].map((url) => new URL(url).origin) };
}

type Sign = (object: LinkedObject, signingDate: Date, expiresIn: number) => Promise<string>;

/** Signs for the host a client of the base asks, and for the path the store gets to see. */
function createSigner({ config, client }: PresignedLinksOptions, base: string | undefined): Sign {
  const url = base === undefined ? null : new URL(base);
  const path = url?.pathname.replace(/(?<!\/)\/+$/, '') ?? '';
  const signer = new S3Client({
    ...sdkSettings(config, { endpoint: url?.origin }),
    credentials: client.config.credentials,
    region: client.config.region,
  });
  return async ({ key, name }, signingDate, expiresIn) => {
    const link = await getSignedUrl(
      signer,
      new GetObjectCommand({
        Bucket: config.bucket,
        Key: key,
        ResponseContentDisposition: attachment(name),
      }),
      { signingDate, expiresIn },
    );
    return path === '' ? link : link.replace(/^https?:\/\/[^/]+/, (origin) => `${origin}${path}`);
  };
}
