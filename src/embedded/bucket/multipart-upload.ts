import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type FoundObject, type StoreClient, versionOf } from './store-client.js';
import { isStoreFault, StoreError, toStoreError } from './store-error.js';

/** One part as the store keeps it. */
export interface UploadedPart {
  /** From 1. */
  readonly partNumber: number;
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/** Uploads of large objects in parts, which can go on after a break. Each throws StoreError. */
export interface MultipartUploads {
  start(key: string): Promise<string>;
  /** The latest upload of a key that was begun and not ended; null where there is none. */
  findOpen(key: string): Promise<string | null>;
  /** The parts an upload has, by number. */
  parts(key: string, uploadId: string): Promise<UploadedPart[]>;
  /** @returns the part's ETag */
  putPart(key: string, uploadId: string, partNumber: number, bytes: Uint8Array): Promise<string>;
  /**
   * Makes the object of all parts. Whatever the store answers, or if its answer is lost, it counts as done only
   * once the object is there with the length and the checksum of these parts.
   * @throws StoreError `changed` where another object stands there; `missing` where the upload is gone and no
   *   object is there
   */
  complete(key: string, uploadId: string, parts: readonly UploadedPart[]): Promise<FoundObject>;
  abort(key: string, uploadId: string): Promise<void>;
}

export interface MultipartOptions {
  /** With patience: a store may take minutes to put parts together. */
  readonly sdk: S3Client;
  readonly client: Pick<StoreClient, 'head'>;
  readonly bucket: string;
  /** Resolves after so many milliseconds. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** How often completing is tried; a pause of a second, then of twice as long, lies between two. */
const COMPLETE_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 1000;

export function createMultipartUploads(options: MultipartOptions): MultipartUploads {
  const { sdk, client, bucket, pause = sleep } = options;
  const at = (key: string) => ({ Bucket: bucket, Key: key });

  async function sendComplete(
    key: string,
    uploadId: string,
    parts: readonly UploadedPart[],
  ): Promise<string | undefined> {
    const { ETag } = await sdk.send(
      new CompleteMultipartUploadCommand({
        ...at(key),
        UploadId: uploadId,
        MultipartUpload: {
          Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })),
        },
      }),
    );
    return ETag;
  }

  async function findObject(key: string): Promise<FoundObject | null> {
    try {
      return await client.head(key);
    } catch (error) {
      // Who may not list a bucket gets a refusal for what is not there.
      if (isStoreFault(error, 'missing', 'refused')) return null;
      throw error;
    }
  }

  return {
    start: (key) =>
      translated(async () => {
        const { UploadId } = await sdk.send(new CreateMultipartUploadCommand(at(key)));
        if (!UploadId) throw new StoreError('unavailable', 'NoUploadId');
        return UploadId;
      }),

    findOpen: (key) =>
      translated(async () => {
        const { Uploads = [] } = await sdk.send(
          new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }),
        );
        const ofKey = Uploads.filter((upload) => upload.Key === key && upload.UploadId);
        const latest = ofKey.sort((a, b) => timeOf(b.Initiated) - timeOf(a.Initiated))[0];
        return latest?.UploadId ?? null;
      }),

    parts: (key, uploadId) =>
      translated(async () => {
        const found = new Map<number, UploadedPart>();
        let marker: string | undefined;
        for (;;) {
          const before = found.size;
          const page = await sdk.send(
            new ListPartsCommand({
              ...at(key),
              UploadId: uploadId,
              ...(marker !== undefined && { PartNumberMarker: marker }),
            }),
          );
          for (const { PartNumber, ETag, Size } of page.Parts ?? []) {
            if (PartNumber === undefined || ETag === undefined || Size === undefined) continue;
            found.set(PartNumber, { partNumber: PartNumber, etag: ETag, size: Size });
          }
          marker = page.NextPartNumberMarker;
          // A page that brings nothing new would come for ever.
          if (page.IsTruncated !== true || found.size === before || !marker) break;
        }
        return [...found.values()].sort((a, b) => a.partNumber - b.partNumber);
      }),

    putPart: (key, uploadId, partNumber, bytes) =>
      translated(async () => {
        const { ETag } = await sdk.send(
          new UploadPartCommand({
            ...at(key),
            UploadId: uploadId,
            PartNumber: partNumber,
            Body: bytes,
          }),
        );
        if (!ETag) throw new StoreError('unavailable', 'NoETag');
        return ETag;
      }),

    async complete(key, uploadId, parts) {
      const isOurs = matcherOf(parts);
      let last: StoreError | undefined;
      for (let attempt = 1; attempt <= COMPLETE_ATTEMPTS; attempt += 1) {
        let told: string | undefined;
        try {
          told = await sendComplete(key, uploadId, parts);
          last = undefined;
        } catch (error) {
          last = toStoreError(error);
        }
        const found = await findObject(key);
        if (found && isOurs(found, told)) return found;
        // The upload has ended, and what stands there is not what was sent.
        if (last?.fault === 'missing') {
          throw found ? new StoreError('changed', 'AnotherObject') : last;
        }
        if (last?.fault === 'refused') throw last;
        if (attempt < COMPLETE_ATTEMPTS) await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
      }
      throw last ?? new StoreError('changed', 'AnotherObject');
    },

    abort: (key, uploadId) =>
      translated(async () => {
        await sdk.send(new AbortMultipartUploadCommand({ ...at(key), UploadId: uploadId }));
      }),
  };
}

async function translated<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw toStoreError(error);
  }
}

/**
 * Tells whether an object is made of these parts: by its length, and by its ETag. That is the one a whole answer
 * told, or the one stores make of those of the parts: the MD5 of their MD5s, a hyphen, their number.
 */
function matcherOf(parts: readonly UploadedPart[]) {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const sums = Buffer.concat(parts.map(({ etag }) => Buffer.from(withoutQuotes(etag), 'hex')));
  const etag = `${createHash('md5').update(sums).digest('hex')}-${parts.length}`;
  return (found: FoundObject, told: string | undefined): boolean =>
    found.size === size &&
    [etag, ...(told ? [told] : [])].some((one) => found.version === versionOf(one, size));
}

function withoutQuotes(etag: string): string {
  return etag.replaceAll('"', '');
}

function timeOf(date: Date | undefined): number {
  return date?.getTime() ?? 0;
}
