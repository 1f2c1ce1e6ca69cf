import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
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
import { versionOf, type FoundObject, type StoreClient } from '../../bucket/store-client.js';
import { isStoreFault, StoreError, toStoreError } from '../../bucket/store-error.js';
import { usageFault } from '../admin-error.js';

export interface UploadsOptions {
  /** With patience: a store may take minutes to put parts together. */
  readonly sdk: S3Client;
  readonly client: Pick<StoreClient, 'head' | 'put'>;
  readonly bucket: string;
  /** Resolves after so many milliseconds. */
  readonly pause?: ((ms: number) => Promise<unknown>) | undefined;
}

/** Uploads of files in parts, which can go on after a break. Each throws StoreError. */
export interface Uploads {
  /**
   * Uploads a file. Keeps parts of an earlier run with the same bytes, and an object that is already complete. Resolves
   * only once the store has the object with the length and checksum of the uploaded bytes, and no open upload of the key.
   * @throws StoreError `changed` where another object stands there; AdminError if the file changed in the meantime; the
   *   reason of `signal`
   */
  upload(path: string, key: string, options: UploadOptions): Promise<UploadedFile>;
  /** Ends all open uploads whose keys begin so. */
  abortAll(prefix: string): Promise<void>;
}

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with bytes in the store: just uploaded, or kept from an earlier run. Negative where kept ones are missing. */
  readonly onBytes: (count: number, isKept: boolean) => void;
}

export interface UploadedFile {
  readonly sha256: string;
  readonly object: FoundObject;
}

/** One part as the store keeps it. */
interface Part {
  /** From 1. */
  readonly partNumber: number;
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
/** Attempts per part, in addition to the client's own retries. */
const PART_ATTEMPTS = 6;
/** How often completing is tried; a pause of a second, then of twice as long, lies between two. */
const COMPLETE_ATTEMPTS = 5;
/** How often a file is started over whose upload the store has thrown away meanwhile. */
const STARTS = 3;
/** Pages of open uploads or parts: more than a bucket of ours can have. */
const MAX_PAGES = 1000;

/** Part size of a file: the same in each run, so that parts of an earlier one can be kept. */
export function partSizeOf(size: number): number {
  return Math.max(PART_SIZE, Math.ceil(size / MAX_PARTS / MIB) * MIB);
}

export function createUploads({ sdk, client, bucket, pause = sleep }: UploadsOptions): Uploads {
  const at = (key: string) => ({ Bucket: bucket, Key: key });
  const pauseAfter = (attempt: number) => pause(1000 * 2 ** (attempt - 1));

  /** The open uploads whose keys begin so, the latest first. */
  async function openUploads(prefix: string): Promise<{ key: string; uploadId: string }[]> {
    const found: { key: string; uploadId: string; time: number }[] = [];
    let keys: string | undefined;
    let uploads: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const command = new ListMultipartUploadsCommand({
        Bucket: bucket,
        Prefix: prefix,
        ...(keys !== undefined && { KeyMarker: keys }),
        ...(uploads !== undefined && { UploadIdMarker: uploads }),
      });
      const answer = await ofStore(sdk.send(command));
      for (const { Key: key = '', UploadId: uploadId = '', Initiated } of answer.Uploads ?? []) {
        const time = Initiated?.getTime() ?? 0;
        if (uploadId !== '' && key.startsWith(prefix)) found.push({ key, uploadId, time });
      }
      keys = answer.NextKeyMarker || undefined;
      uploads = answer.NextUploadIdMarker || undefined;
      if (answer.IsTruncated !== true || keys === undefined) break;
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

  /** The parts of an upload by number; none where the store has thrown it away. */
  async function partsOf(key: string, uploadId: string): Promise<Map<number, Part>> {
    const found = new Map<number, Part>();
    let marker: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const before = found.size;
      const next = { ...(marker !== undefined && { PartNumberMarker: marker }) };
      const command = new ListPartsCommand({ ...at(key), UploadId: uploadId, ...next });
      const answer = await ofStore(sdk.send(command));
      for (const { PartNumber: partNumber, ETag: etag, Size: size } of answer.Parts ?? []) {
        if (partNumber === undefined || etag === undefined || size === undefined) continue;
        found.set(partNumber, { partNumber, etag, size });
      }
      marker = answer.NextPartNumberMarker;
      // A page that brings nothing new would come again and again.
      if (answer.IsTruncated !== true || found.size === before || !marker) break;
    }
    return found;
  }

  /** Goes on with the latest open upload of a key, or begins one. */
  async function begin(key: string): Promise<{ uploadId: string; kept: Map<number, Part> }> {
    const open = (await openUploads(key)).find((one) => one.key === key);
    if (open) {
      try {
        return { uploadId: open.uploadId, kept: await partsOf(key, open.uploadId) };
      } catch (error) {
        if (!isStoreFault(error, 'missing')) throw error;
      }
    }
    const { UploadId } = await ofStore(sdk.send(new CreateMultipartUploadCommand(at(key))));
    if (!UploadId) throw new StoreError('unavailable', 'NoUploadId');
    return { uploadId: UploadId, kept: new Map() };
  }

  /** Retries, so that an unstable connection does not end an upload of hours. @returns the part's ETag */
  async function sendPart(
    key: string,
    uploadId: string,
    partNumber: number,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const part = { UploadId: uploadId, PartNumber: partNumber, Body: bytes };
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        const { ETag } = await ofStore(sdk.send(new UploadPartCommand({ ...at(key), ...part })));
        if (!ETag) throw new StoreError('unavailable', 'NoETag');
        return ETag;
      } catch (error) {
        if (!isStoreFault(error, 'unavailable') || attempt >= PART_ATTEMPTS) throw error;
        await pauseAfter(attempt);
      }
    }
  }

  async function uploadParts(
    file: FileHandle,
    size: number,
    key: string,
    { signal, onBytes }: UploadOptions,
  ): Promise<UploadedFile> {
    const { uploadId, kept } = await begin(key);
    const hash = createHash('sha256');
    const parts: Part[] = [];
    const inFlight = new Set<Promise<void>>();
    let failure: unknown;
    let stored = 0;
    let storedBefore = 0;
    try {
      for await (const bytes of readParts(file, size, signal)) {
        hash.update(bytes);
        const partNumber = parts.length + 1;
        const found = kept.get(partNumber);
        if (found && isSamePart(found, bytes)) {
          parts.push(found);
          storedBefore += bytes.length;
          onBytes(bytes.length, true);
          continue;
        }
        const part = { partNumber, etag: '', size: bytes.length };
        const index = parts.push(part) - 1;
        const sending = sendPart(key, uploadId, partNumber, bytes, signal)
          .then((etag) => {
            parts[index] = { ...part, etag };
            stored += bytes.length;
            onBytes(bytes.length, false);
          })
          .catch((error: unknown) => void (failure ??= error))
          .finally(() => inFlight.delete(sending));
        inFlight.add(sending);
        if (inFlight.size >= PARALLEL_PARTS) await Promise.race(inFlight);
        if (failure !== undefined) break;
      }
      await Promise.all(inFlight);
      if (failure !== undefined) throw failure as Error;
      signal?.throwIfAborted();
      return { sha256: hash.digest('hex'), object: await complete(key, uploadId, parts) };
    } catch (error) {
      if (isStoreFault(error, 'missing')) {
        onBytes(-stored, false);
        onBytes(-storedBefore, true);
      }
      throw error;
    }
  }

  /**
   * Makes the object of all parts. Whatever the store answers, or if its answer is lost, it counts as done only
   * once the object is there with the length and the checksum of these parts.
   * @throws StoreError `changed` where another object stands there; `missing` where the upload is gone and no
   *   object is there
   */
  async function complete(
    key: string,
    uploadId: string,
    parts: readonly Part[],
  ): Promise<FoundObject> {
    const isOurs = matcherOf(parts);
    const Parts = parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag }));
    const request = { ...at(key), UploadId: uploadId, MultipartUpload: { Parts } };
    let last: StoreError | undefined;
    for (let attempt = 1; attempt <= COMPLETE_ATTEMPTS; attempt += 1) {
      let told: string | undefined;
      try {
        told = (await sdk.send(new CompleteMultipartUploadCommand(request))).ETag;
        last = undefined;
      } catch (error) {
        last = toStoreError(error);
      }
      const found = await findObject(key);
      if (found && isOurs(found, told)) return found;
      // The upload has ended, and what stands there is not what was sent.
      if (last?.fault === 'missing')
        throw found ? new StoreError('changed', 'AnotherObject') : last;
      if (last?.fault === 'refused') throw last;
      if (attempt < COMPLETE_ATTEMPTS) await pauseAfter(attempt);
    }
    throw last ?? new StoreError('changed', 'AnotherObject');
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
    { signal, onBytes }: UploadOptions,
  ): Promise<UploadedFile | null> {
    const object = await findObject(key);
    if (object?.size !== size) return null;
    const whole = createHash('sha256');
    const parts: Part[] = [];
    for await (const bytes of readParts(file, size, signal)) {
      whole.update(bytes);
      const etag = md5Of(bytes).toString('hex');
      parts.push({ partNumber: parts.length + 1, etag, size: bytes.length });
    }
    if (!matcherOf(parts)(object, undefined)) return null;
    onBytes(size, true);
    return { sha256: whole.digest('hex'), object };
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
        return (
          (await findWhole(file, size, key, options)) ??
          (await uploadParts(file, size, key, options))
        );
      } catch (error) {
        // A rule of the bucket, or somebody else, has ended the upload.
        if (!isStoreFault(error, 'missing') || start >= STARTS) throw error;
      }
    }
  }

  return {
    async upload(path, key, options) {
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
    abortAll: (prefix) => abort(prefix, () => true),
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

/** Reads the parts, each into its own buffer. */
async function* readParts(
  file: FileHandle,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const partSize = partSizeOf(size);
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
 * Tells whether an object is made of these parts: by its length, and by its ETag. That is the one a whole answer
 * told, or the one stores make of those of the parts: the MD5 of their MD5s, a hyphen, their number.
 */
function matcherOf(parts: readonly Part[]) {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const sums = parts.map(({ etag }) => Buffer.from(etag.replaceAll('"', ''), 'hex'));
  const etag = `${md5Of(Buffer.concat(sums)).toString('hex')}-${parts.length}`;
  return (found: FoundObject, told: string | undefined): boolean =>
    found.size === size &&
    [etag, ...(told ? [told] : [])].some((one) => found.version === versionOf(one, size));
}

function md5Of(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest();
}
