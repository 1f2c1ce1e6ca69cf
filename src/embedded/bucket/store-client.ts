import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { StoredFile } from '../catalogue/stored-file.js';
import { fileNameOf } from './object-key.js';
import type { GotObject, QuickGets } from './quick-gets.js';
import { StoreError, toStoreError } from './store-error.js';

/** An object as a listing tells of it. */
export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  /** Differs once the content may differ. */
  readonly version: string;
}

/** An object as it is now. */
export interface FoundObject extends ListedObject {
  /** Its class; undefined for the standard one. */
  readonly storageClass: string | undefined;
  /** The word of stores that archive objects without a change of their class. */
  readonly archiveStatus: string | undefined;
  /** The `x-amz-restore` header: what became of a copy out of cold storage. */
  readonly restore: string | undefined;
  /** What its bytes are packed in, by its metadata; clients of HTTP unpack them on the way. */
  readonly contentEncoding: string | undefined;
}

export interface Page {
  readonly objects: readonly ListedObject[];
  /** Whether the store says that there is more. */
  readonly isTruncated: boolean;
  /** Where it goes on. */
  readonly token: string | undefined;
}

/** Requests to one bucket. Each throws StoreError. */
export interface StoreClient {
  /** One page of the keys that begin with `prefix`. */
  list(prefix: string, options?: ListOptions): Promise<Page>;
  head(key: string, options?: CallOptions): Promise<FoundObject>;
  /** The text of a small object; null where it has more than `maxBytes`. */
  getText(key: string, maxBytes: number): Promise<GotObject | null>;
  put(key: string, text: string): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface CallOptions {
  /** Milliseconds for all attempts together. */
  readonly timeoutMs?: number;
}

export interface ListOptions extends CallOptions {
  /** Where the listing goes on. */
  readonly token?: string | undefined;
  readonly maxKeys?: number;
}

/** Milliseconds for one request with its retries. */
const TIMEOUT_MS = 20_000;

/** @param quick sends GETs in place of the SDK, as long as objects come */
export function createStoreClient(
  client: S3Client,
  bucket: string,
  quick?: QuickGets,
): StoreClient {
  async function ask<Answer>(
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<Answer>,
    timeoutMs = TIMEOUT_MS,
  ): Promise<Answer> {
    const abortSignal = AbortSignal.timeout(timeoutMs);
    try {
      return await send({ abortSignal });
    } catch (error) {
      if (abortSignal.aborted) throw new StoreError('unavailable', 'TIMEOUT');
      throw toStoreError(error);
    }
  }

  return {
    async list(prefix, { token, maxKeys, timeoutMs } = {}) {
      const answer = await ask(
        (options) =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              ...(prefix !== '' && { Prefix: prefix }),
              ...(token !== undefined && { ContinuationToken: token }),
              ...(maxKeys !== undefined && { MaxKeys: maxKeys }),
              // XML cannot hold every character of a key.
              EncodingType: 'url',
            }),
            options,
          ),
        timeoutMs,
      );
      const decode = answer.EncodingType === 'url' ? decodeKey : (key: string) => key;
      return {
        objects: (answer.Contents ?? []).flatMap(({ Key, Size, ETag, LastModified }) =>
          Key === undefined ? [] : [toListed(decode(Key), Size, ETag, LastModified)],
        ),
        isTruncated: answer.IsTruncated ?? false,
        token: answer.NextContinuationToken || undefined,
      };
    },

    async head(key, { timeoutMs } = {}) {
      const answer = await ask(
        (options) => client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), options),
        timeoutMs,
      );
      const { ContentLength, ETag, LastModified, StorageClass, ArchiveStatus, Restore } = answer;
      return {
        ...toListed(key, ContentLength, ETag, LastModified),
        storageClass: StorageClass,
        archiveStatus: ArchiveStatus,
        restore: Restore,
        contentEncoding: answer.ContentEncoding,
      };
    },

    async getText(key, maxBytes) {
      const got = await quick?.get(key, maxBytes);
      if (got !== undefined) return got;
      return ask(async (options) => {
        const answer = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key }),
          options,
        );
        const { Body, ContentLength = 0, ETag: etag = '' } = answer;
        if (ContentLength > maxBytes) {
          (Body as { destroy?: () => void } | undefined)?.destroy?.();
          return null;
        }
        return { text: (await Body?.transformToString('utf-8')) ?? '', etag };
      });
    },

    async put(key, text) {
      await ask((options) =>
        client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: Buffer.from(text),
            ContentType: 'application/json',
          }),
          options,
        ),
      );
    },

    async remove(key) {
      await ask((options) =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), options),
      );
    },
  };
}

/** Stores write a space as `+`, and a plus as `%2B`. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

function toListed(key: string, size = 0, etag = '', modifiedAt = new Date(0)): ListedObject {
  return { key, size, modifiedAt, version: versionOf(etag, size) };
}

/** Of the content, by what the store tells of it. */
export function versionOf(etag: string, size: number): string {
  return `${etag.replace(/^W\//, '').replaceAll('"', '')}-${size}`;
}

/** An object as a file of a backup. */
export function toFile({ key, size, modifiedAt, version }: ListedObject): StoredFile {
  return { name: fileNameOf(key), size, modifiedAt, version };
}
