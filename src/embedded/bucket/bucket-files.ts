import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { BucketStoreConfig } from '../../config/config.js';
import { ApiError } from '../api/api-error.js';
import { attachment } from '../api/attachment.js';
import type { CataloguedBackup } from '../catalogue/catalogued-backup.js';
import type { StoredFile } from '../catalogue/stored-file.js';
import type { FileService } from '../store.js';
import { sdkSettings } from './sdk-client.js';
import type { StoreClock } from './store-clock.js';
import { type CallOptions, type FoundObject, type StoreClient, toFile } from './store-client.js';
import { isStoreFault, StoreError, toRefusal, toStoreError } from './store-error.js';

export interface BucketFilesOptions {
  readonly config: BucketStoreConfig;
  readonly client: Pick<StoreClient, 'head' | 'first'>;
  /** Whose credentials and region the links are signed with. */
  readonly sdk: S3Client;
  readonly clock: StoreClock;
  /** What links begin with in place of the store's endpoint. A path is one that a proxy before it takes off. */
  readonly publicUrl?: string | undefined;
  readonly internalUrl?: string | undefined;
  /** Milliseconds the store has to answer for one link. */
  readonly timeoutMs: number;
}

/**
 * Links to the files of a bucket: GETs of the store itself, signed in their query. Each looks at the object first: the
 * catalogue may be behind.
 * @throws StoreError `refused` where there are no credentials, or they have ended
 */
export async function createBucketFiles(options: BucketFilesOptions): Promise<FileService> {
  const { config, client, sdk, clock, timeoutMs } = options;
  const signPublic = createSigner(options, options.publicUrl);
  const signInternal = createSigner(options, options.internalUrl);

  /** Both links; they end after `lifetime` seconds by the store's clock, or with their credentials, or at `notAfter`. */
  async function sign(object: LinkedObject, lifetime: number, notAfter?: Date) {
    const { expiration } = await sdk.config.credentials();
    const now = clock.now();
    const ends = [expiration, notAfter].filter((end) => end !== undefined);
    const left = ends.map((end) => Math.floor((end.getTime() - now.getTime()) / 1000));
    const expiresIn = Math.min(lifetime, ...left);
    if (expiresIn < 1) throw new StoreError('refused', 'ExpiredToken');
    const [publicURL, internalURL] = await Promise.all([
      signPublic(object, now, expiresIn),
      signInternal(object, now, expiresIn),
    ]);
    return { publicURL, internalURL };
  }

  async function issue(backup: CataloguedBackup, file: StoredFile, lifetime: number) {
    const { regionId, instanceId, backupId } = backup.key;
    const folder = `${config.prefix}${regionId}/${instanceId}/${backupId}/files/`;
    const key = file.objectKey ?? `${folder}${file.name}`;
    const end = performance.now() + timeoutMs;
    const found = await find(key, () => ({
      timeoutMs: Math.max(1, Math.ceil(end - performance.now())),
    }));
    if (found === null) {
      // The set of an engine without names of files is simply not there, as in a folder.
      if (!backup.fileByFile) return null;
      throw new ApiError(400, 'FILE_NOT_FOUND', 'The file is no longer in the store.');
    }
    if (isArchived(found)) return null;
    const pair = await sign({ key, name: file.name }, lifetime, restoredUntil(found));
    return { ...pair, file: { ...file, ...toFile(found), name: file.name } };
  }

  /**
   * Null where there is no such object.
   * @param rest what is left of the time for one link
   */
  async function find(key: string, rest: () => CallOptions): Promise<FoundObject | null> {
    try {
      return await client.head(key, rest());
    } catch (error) {
      if (isStoreFault(error, 'missing')) return null;
      if (!isRefusal(error) || (await isListed(key, rest))) throw error;
      return null;
    }
  }

  /**
   * Whether a refused object is there. Who may not list a bucket gets the same refusal for an object that is
   * not there, so one listing decides: of the key, or where that may not be listed either, of the prefix.
   * @throws StoreError `refused` where not even that is allowed: the rights are lost
   */
  async function isListed(key: string, rest: () => CallOptions): Promise<boolean> {
    try {
      return (await client.first(key, rest())).some((object) => object.key === key);
    } catch (error) {
      if (key.startsWith(config.prefix) || !isStoreFault(error, 'refused')) throw error;
      await client.first(config.prefix, rest());
      return false;
    }
  }

  const { publicURL, internalURL } = await sign({ key: 'any', name: 'any' }, 1);
  return {
    linkOrigins: [publicURL, internalURL].map((url) => new URL(url).origin),
    issue: async (backup, file, lifetime) => {
      try {
        return await issue(backup, file, lifetime);
      } catch (error) {
        throw error instanceof ApiError ? error : toRefusal(toStoreError(error));
      }
    },
  };
}

interface LinkedObject {
  readonly key: string;
  /** What clients save it as. */
  readonly name: string;
}

/** Signs for the host a client of the base asks, and for the path the store gets to see. */
function createSigner({ config, sdk }: BucketFilesOptions, base: string | undefined) {
  const url = base === undefined ? null : new URL(base);
  const path = url?.pathname.replace(/(?<!\/)\/+$/, '') ?? '';
  const signer = new S3Client({
    ...sdkSettings(config, { endpoint: url?.origin }),
    credentials: sdk.config.credentials,
    region: sdk.config.region,
  });
  return async ({ key, name }: LinkedObject, signingDate: Date, expiresIn: number) => {
    const ResponseContentDisposition = attachment(name);
    const command = new GetObjectCommand({
      Bucket: config.bucket,
      Key: key,
      ResponseContentDisposition,
    });
    const link = await getSignedUrl(signer, command, { signingDate, expiresIn });
    return path === '' ? link : link.replace(/^https?:\/\/[^/]+/, (origin) => `${origin}${path}`);
  };
}

/** HEAD has no body to tell why: a token that has ended is a 400 like any other. */
function isRefusal(error: unknown): boolean {
  return isStoreFault(error, 'refused') || (error instanceof StoreError && error.status === 400);
}

/** Classes whose objects are read from a copy that somebody has asked for (Amazon S3, restoring objects). */
const COLD_CLASSES = ['GLACIER', 'DEEP_ARCHIVE'];

function isArchived({ storageClass = '', archiveStatus = '', restore = '' }: FoundObject): boolean {
  const isCold = COLD_CLASSES.includes(storageClass) || archiveStatus !== '';
  return isCold && !restore.includes('ongoing-request="false"');
}

/** The end of a copy out of cold storage: `ongoing-request="false", expiry-date="Fri, …"`. */
function restoredUntil({ restore = '' }: FoundObject): Date | undefined {
  const end = Date.parse(/expiry-date="([^"]*)"/.exec(restore)?.[1] ?? '');
  return Number.isNaN(end) ? undefined : new Date(end);
}
