import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MultipartUploads, UploadedPart } from '../../bucket/multipart-upload.js';
import { versionOf, type FoundObject, type StoreClient } from '../../bucket/store-client.js';
import { isStoreFault } from '../../bucket/store-error.js';
import { FaultsError } from '../faults-error.js';

export interface UploadFileOptions {
  readonly client: Pick<StoreClient, 'head' | 'put'>;
  readonly uploads: MultipartUploads;
  readonly signal?: AbortSignal | undefined;
  /** Called with bytes in the store: just uploaded, or kept from an earlier run. */
  readonly onBytes: (count: number, isKept: boolean) => void;
  /** Resolves after the given milliseconds. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

export interface UploadedFile {
  readonly sha256: string;
  readonly object: FoundObject;
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

/** Part size of a file: the same in each run, so that parts of an earlier one can be kept. */
export function partSizeOf(size: number): number {
  return Math.max(PART_SIZE, Math.ceil(size / MAX_PARTS / MIB) * MIB);
}

/**
 * Uploads a file in parts. Keeps parts of an earlier run with the same bytes, and an object that
 * is already complete. Resolves only once the store has the object with the length and checksum of
 * the uploaded bytes.
 * @throws StoreError; FaultsError if the file changed in the meantime; the reason of `signal`
 */
export async function uploadFile(
  path: string,
  key: string,
  options: UploadFileOptions,
): Promise<UploadedFile> {
  const file = await open(path, 'r');
  try {
    const before = await file.stat();
    const uploaded =
      before.size === 0
        ? await uploadEmpty(key, options)
        : ((await findWhole(file, before.size, key, options)) ??
          (await uploadParts(file, before.size, key, options)));
    const after = await file.stat();
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
      throw new FaultsError([
        `--file: ${path} changed while it was being uploaded; try again later`,
      ]);
    }
    return uploaded;
  } finally {
    await file.close();
  }
}

/** A multipart upload requires at least one byte. */
async function uploadEmpty(key: string, { client }: UploadFileOptions): Promise<UploadedFile> {
  await client.put(key, '');
  return { sha256: createHash('sha256').digest('hex'), object: await client.head(key) };
}

/** The complete object of an earlier run that ended after uploading it. */
async function findWhole(
  file: FileHandle,
  size: number,
  key: string,
  { client, signal, onBytes }: UploadFileOptions,
): Promise<UploadedFile | null> {
  const object = await client.head(key).catch((error: unknown) => {
    if (isStoreFault(error, 'missing', 'refused')) return null;
    throw error;
  });
  if (object?.size !== size) return null;
  const whole = createHash('sha256');
  const sums = createHash('md5');
  let parts = 0;
  for await (const bytes of readParts(file, size, signal)) {
    whole.update(bytes);
    sums.update(md5Of(bytes));
    parts += 1;
  }
  if (object.version !== versionOf(`${sums.digest('hex')}-${parts}`, size)) return null;
  onBytes(size, true);
  return { sha256: whole.digest('hex'), object };
}

async function uploadParts(
  file: FileHandle,
  size: number,
  key: string,
  options: UploadFileOptions,
): Promise<UploadedFile> {
  const { uploads, signal, onBytes } = options;
  const open = await uploads.findOpen(key);
  const uploadId = open ?? (await uploads.start(key));
  const kept = new Map<number, UploadedPart>();
  for (const part of open === null ? [] : await uploads.parts(key, open)) {
    kept.set(part.partNumber, part);
  }
  const hash = createHash('sha256');
  const parts: UploadedPart[] = [];
  const inFlight = new Set<Promise<void>>();
  let failure: unknown;
  for await (const bytes of readParts(file, size, signal)) {
    hash.update(bytes);
    const partNumber = parts.length + 1;
    const found = kept.get(partNumber);
    if (found && isSamePart(found, bytes)) {
      parts.push(found);
      onBytes(bytes.length, true);
      continue;
    }
    const part = { partNumber, etag: '', size: bytes.length };
    const index = parts.push(part) - 1;
    const sending = sendPart(key, uploadId, partNumber, bytes, options)
      .then((etag) => {
        parts[index] = { ...part, etag };
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
  return { sha256: hash.digest('hex'), object: await uploads.complete(key, uploadId, parts) };
}

/** Retries, so that an unstable connection does not end an upload of hours. */
async function sendPart(
  key: string,
  uploadId: string,
  partNumber: number,
  bytes: Uint8Array,
  { uploads, signal, pause = sleep }: UploadFileOptions,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      signal?.throwIfAborted();
      return await uploads.putPart(key, uploadId, partNumber, bytes);
    } catch (error) {
      if (!isStoreFault(error, 'unavailable') || attempt >= PART_ATTEMPTS) throw error;
      await pause(1000 * 2 ** (attempt - 1));
    }
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
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(
        bytes,
        filled,
        bytes.length - filled,
        position + filled,
      );
      if (bytesRead === 0)
        throw new FaultsError(['--file: a file became shorter while it was being uploaded']);
      filled += bytesRead;
    }
    yield bytes;
  }
}

function isSamePart({ etag, size }: UploadedPart, bytes: Uint8Array): boolean {
  return size === bytes.length && etag.replaceAll('"', '') === md5Of(bytes).toString('hex');
}

function md5Of(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest();
}
