import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  paginateListParts,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { versionOf, type FoundObject, type StoreClient } from '../../bucket/store-client.js';
import { isStoreFault, StoreError, toStoreError } from '../../bucket/store-error.js';
import { usageFault } from '../admin-error.js';

export interface UploadsOptions {
  /** One that waits: a store may take minutes to put parts together. */
  readonly sdk: S3Client;
  readonly client: Pick<StoreClient, 'head' | 'put'>;
  readonly bucket: string;
  /** Resolves after so many milliseconds. */
  readonly pause?: ((ms: number) => Promise<unknown>) | undefined;
}

/** Uploads of files in parts, which can go on after a break. Each throws StoreError. */
export type Uploads = ReturnType<typeof createUploads>;

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of the file in the store: fewer than before if the store has discarded some. */
  readonly onProgress: (inStore: InStore) => void;
}

/** Bytes of a file that the store has. */
export interface InStore {
  /** Of an earlier run. */
  readonly kept: number;
  /** Of this one. */
  readonly sent: number;
}

export interface UploadedFile {
  readonly sha256: string;
  readonly object: FoundObject;
}

/** One part as the store keeps it. */
interface Part {
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

const MIB = 1024 * 1024;
/** Bytes per part, unless a large file would then exceed MAX_PARTS. */
const PART_SIZE = 16 * MIB;
/** Below the 10,000 parts per object that stores accept (Amazon S3, multipart upload limits). */
const MAX_PARTS = 9000;
/** Concurrent part uploads; each part is in memory. */
const PARALLEL_PARTS = 4;
/** Attempts per part, in addition to the client's own retries; a second, then twice as long, lies between two. */
const PART_ATTEMPTS = 6;
const COMPLETE_ATTEMPTS = 5;
/** How often a file is started over whose upload the store has thrown away meanwhile. */
const STARTS = 3;
/** Pages of open uploads: more than a bucket of ours can have. */
const MAX_PAGES = 1000;

export function createUploads({ sdk, client, bucket, pause = sleep }: UploadsOptions) {
  const at = (key: string) => ({ Bucket: bucket, Key: key });
  const pauseAfter = (attempt: number) => pause(1000 * 2 ** (attempt - 1));

  /** The open uploads whose keys begin so, the latest first. */
  async function openUploads(prefix: string): Promise<{ key: string; uploadId: string }[]> {
    const found: { key: string; uploadId: string; time: number }[] = [];
    let markers = {};
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const command = new ListMultipartUploadsCommand({
        Bucket: bucket,
        Prefix: prefix,
        ...markers,
      });
      const answer = await ofStore(sdk.send(command));
      for (const { Key: key = '', UploadId: uploadId = '', Initiated } of answer.Uploads ?? []) {
        const time = Initiated?.getTime() ?? 0;
        if (uploadId !== '' && key.startsWith(prefix)) found.push({ key, uploadId, time });
      }
      const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = answer;
      if (IsTruncated !== true || !NextKeyMarker) break;
      markers = {
        KeyMarker: NextKeyMarker,
        ...(NextUploadIdMarker && { UploadIdMarker: NextUploadIdMarker }),
      };
    }
    return found.sort((a, b) => b.time - a.time);
  }

  async function abort(prefix: string, isOurs: (key: string) => boolean): Promise<void> {
    for (const { key, uploadId } of await openUploads(prefix)) {
      if (!isOurs(key)) continue;
      const command = new AbortMultipartUploadCommand({ ...at(key), UploadId: uploadId });
      await ofStore(sdk.send(command)).catch((error: unknown) => {
        if (!isStoreFault(error, 'missing')) throw error;
      });
    }
  }

  /** The parts of an upload by number. @throws StoreError `missing` where the store has thrown it away */
  async function partsOf(key: string, uploadId: string): Promise<Map<number, Part>> {
    const found = new Map<number, Part>();
    const pages = paginateListParts(
      { client: sdk, stopOnSameToken: true },
      { ...at(key), UploadId: uploadId },
    );
    try {
      for await (const { Parts = [], IsTruncated } of pages) {
        const before = found.size;
        for (const { PartNumber: number, ETag: etag, Size: size } of Parts) {
          if (number !== undefined && etag !== undefined && size !== undefined) {
            found.set(number, { etag, size });
          }
        }
        // Some stores name a next page after the last; one that brings nothing new would come again and again.
        if (IsTruncated !== true || found.size === before) break;
      }
    } catch (error) {
      throw toStoreError(error);
    }
    return found;
  }

  /** Goes on with the latest open upload of a key, or begins one. */
  async function begin(key: string): Promise<{ uploadId: string; kept: Map<number, Part> }> {
    const open = (await openUploads(key)).find((one) => one.key === key);
    try {
      if (open) return { uploadId: open.uploadId, kept: await partsOf(key, open.uploadId) };
    } catch (error) {
      if (!isStoreFault(error, 'missing')) throw error;
    }
    const { UploadId } = await ofStore(sdk.send(new CreateMultipartUploadCommand(at(key))));
    if (!UploadId) throw new StoreError('unavailable', 'NoUploadId');
    return { uploadId: UploadId, kept: new Map() };
  }

  /**
   * Retries, so that an unstable connection does not end an upload of hours. A stop does not wait for it.
   * @returns the part's ETag
   */
  async function sendPart(
    part: { Key: string; UploadId: string; PartNumber: number; Body: Uint8Array },
    signal: AbortSignal | undefined,
  ): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        const command = new UploadPartCommand({ Bucket: bucket, ...part });
        const { ETag } = await ofStore(sdk.send(command, signal && { abortSignal: signal }));
        if (!ETag) throw new StoreError('unavailable', 'NoETag');
        return ETag;
      } catch (error) {
        signal?.throwIfAborted();
        if (!isStoreFault(error, 'unavailable') || attempt >= PART_ATTEMPTS) throw error;
        await pauseAfter(attempt);
      }
    }
  }

  async function uploadParts(
    file: FileHandle,
    size: number,
    key: string,
    { signal, onProgress }: UploadOptions,
  ): Promise<UploadedFile> {
    const { uploadId, kept } = await begin(key);
    const hash = createHash('sha256');
    const limit = pLimit(PARALLEL_PARTS);
    const parts: Promise<Part>[] = [];
    const inStore = { kept: 0, sent: 0 };
    const count = (as: keyof InStore, bytes: number): void => {
      inStore[as] += bytes;
      onProgress(inStore);
    };
    const failed = new AbortController();
    for await (const bytes of readParts(file, size, signal)) {
      hash.update(bytes);
      const number = parts.length + 1;
      const found = kept.get(number);
      if (found && isSamePart(found, bytes)) {
        parts.push(Promise.resolve(found));
        count('kept', bytes.length);
        continue;
      }
      const part = { Key: key, UploadId: uploadId, PartNumber: number, Body: bytes };
      const sending = limit(async () => {
        const etag = await sendPart(part, signal);
        count('sent', bytes.length);
        return { etag, size: bytes.length };
      });
      sending.catch(() => {
        failed.abort();
      });
      parts.push(sending);
      // Waits for a free place before the next part is read.
      if (limit.activeCount + limit.pendingCount >= PARALLEL_PARTS) await limit(() => undefined);
      if (failed.signal.aborted) break;
    }
    await Promise.allSettled(parts);
    const sent = await Promise.all(parts);
    signal?.throwIfAborted();
    return { sha256: hash.digest('hex'), object: await complete(key, uploadId, sent) };
  }

  /**
   * Makes the object of all parts. Whatever the store answers, or if its answer is lost, it counts as done only
   * once the object is there with the length and the checksum of these parts.
   * @throws StoreError `changed` where another object stands there; `missing` where the upload no longer exists and no
   *   object is there
   */
  async function complete(
    key: string,
    uploadId: string,
    parts: readonly Part[],
  ): Promise<FoundObject> {
    const Parts = parts.map(({ etag }, i) => ({ PartNumber: i + 1, ETag: etag }));
    const request = { ...at(key), UploadId: uploadId, MultipartUpload: { Parts } };
    for (let attempt = 1; ; attempt += 1) {
      let told: string | undefined;
      let failure = new StoreError('changed', 'AnotherObject');
      let hasEnded = false;
      try {
        told = (await sdk.send(new CompleteMultipartUploadCommand(request))).ETag;
      } catch (error) {
        failure = toStoreError(error);
        hasEnded = failure.fault === 'missing';
      }
      const found = await findObject(key);
      if (found && isMadeOf(found, parts, told)) return found;
      // The upload has ended, and what stands there is not what was sent.
      if (hasEnded && found) throw new StoreError('changed', 'AnotherObject');
      if (hasEnded || failure.fault === 'refused' || attempt >= COMPLETE_ATTEMPTS) throw failure;
      await pauseAfter(attempt);
    }
  }

  /** Null where it is missing; who may not list a bucket gets a refusal for that. */
  async function findObject(key: string): Promise<FoundObject | null> {
    try {
      return await client.head(key);
    } catch (error) {
      if (isStoreFault(error, 'missing', 'refused')) return null;
      throw error;
    }
  }

  /** The complete object of an earlier run that ended after uploading it. */
  async function findWhole(
    file: FileHandle,
    size: number,
    key: string,
    { signal, onProgress }: UploadOptions,
  ): Promise<UploadedFile | null> {
    const object = await findObject(key);
    if (object?.size !== size) return null;
    const hash = createHash('sha256');
    const parts: Part[] = [];
    for await (const bytes of readParts(file, size, signal)) {
      hash.update(bytes);
      parts.push({ etag: md5Of(bytes).toString('hex'), size: bytes.length });
    }
    if (!isMadeOf(object, parts)) return null;
    onProgress({ kept: size, sent: 0 });
    return { sha256: hash.digest('hex'), object };
  }

  async function uploadWhole(
    file: FileHandle,
    size: number,
    key: string,
    options: UploadOptions,
  ): Promise<UploadedFile> {
    // A multipart upload requires at least one byte.
    if (size === 0) {
      await client.put(key, '');
      return { sha256: createHash('sha256').digest('hex'), object: await client.head(key) };
    }
    for (let start = 1; ; start += 1) {
      try {
        const whole = await findWhole(file, size, key, options);
        return whole ?? (await uploadParts(file, size, key, options));
      } catch (error) {
        // A rule of the bucket, or somebody else, has ended the upload.
        if (!isStoreFault(error, 'missing') || start >= STARTS) throw error;
      }
    }
  }

  return {
    /**
     * Uploads a file. Keeps parts of an earlier run with the same bytes, and an object that is already complete.
     * Resolves only once the store has the object with the length and checksum of the uploaded bytes, and no open
     * upload of the key.
     * @throws StoreError `changed` where another object stands there; AdminError if the file changed in the meantime;
     *   the reason of `signal`
     */
    async upload(path: string, key: string, options: UploadOptions): Promise<UploadedFile> {
      const file = await open(path, 'r');
      try {
        const before = await file.stat();
        const uploaded = await uploadWhole(file, before.size, key, options);
        const after = await file.stat();
        if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
          throw usageFault(`--file: ${path} changed while it was being uploaded; try again later`);
        }
        await abort(key, (one) => one === key);
        return uploaded;
      } finally {
        await file.close();
      }
    },
    /** Ends all open uploads whose keys begin so. */
    abortAll: (prefix: string) => abort(prefix, () => true),
  };
}

/** @throws StoreError */
async function ofStore<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    throw toStoreError(error);
  }
}

/** Reads the parts, each into its own buffer: the same in each run, so that parts of an earlier one can be kept. */
async function* readParts(
  file: FileHandle,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const partSize = Math.max(PART_SIZE, Math.ceil(size / MAX_PARTS / MIB) * MIB);
  for (let position = 0; position < size; position += partSize) {
    signal?.throwIfAborted();
    const bytes = Buffer.allocUnsafe(Math.min(partSize, size - position));
    for (let filled = 0; filled < bytes.length;) {
      const rest = bytes.length - filled;
      const { bytesRead } = await file.read(bytes, filled, rest, position + filled);
      if (bytesRead === 0) throw usageFault('--file: a file became shorter during its upload');
      filled += bytesRead;
    }
    yield bytes;
  }
}

function isSamePart({ etag, size }: Part, bytes: Uint8Array): boolean {
  return size === bytes.length && etag.replaceAll('"', '') === md5Of(bytes).toString('hex');
}

/**
 * Whether an object is made of these parts: by its length, and by its ETag. That is the one a whole answer told, or the
 * one stores make of those of the parts: the MD5 of their MD5s, a hyphen, their number.
 */
function isMadeOf(found: FoundObject, parts: readonly Part[], told?: string): boolean {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const sums = parts.map(({ etag }) => Buffer.from(etag.replaceAll('"', ''), 'hex'));
  const etag = `${md5Of(Buffer.concat(sums)).toString('hex')}-${parts.length}`;
  return [etag, told].some((one) => one && found.version === versionOf(one, size));
}

function md5Of(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest();
}
