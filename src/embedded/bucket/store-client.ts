import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { StoredFile } from '../catalogue/stored-file.js';
import { readBounded } from './sdk-client.js';
import type { StoreClock } from './store-clock.js';
import { StoreError, toStoreError } from './store-error.js';

/** An object as a listing tells of it. */
export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Epoch milliseconds, never after now by the store's clock. */
  readonly modifiedAt: number;
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

/** Requests to one bucket. Each throws StoreError. */
export type StoreClient = ReturnType<typeof createStoreClient>;

export interface GotText {
  readonly text: string;
  readonly etag: string;
}

export interface CallOptions {
  /** Milliseconds for all attempts together. */
  readonly timeoutMs?: number;
}

/** Milliseconds for one request with its retries. */
const TIMEOUT_MS = 20_000;
/** Pages in a row without a key, which some stores send while they skip what was deleted. */
const MAX_EMPTY_PAGES = 1000;
/** Objects of one listing: a store whose keys never end must not fill the memory. */
const MAX_OBJECTS = 5_000_000;

export function createStoreClient(
  sdk: S3Client,
  bucket: string,
  clock: Pick<StoreClock, 'now'>,
  { timeoutMs: usual = TIMEOUT_MS, maxObjects = MAX_OBJECTS } = {},
) {
  async function listPage(prefix: string, token?: string, options?: CallOptions) {
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      ...(prefix !== '' && { Prefix: prefix }),
      ...(token !== undefined && { ContinuationToken: token }),
      ...(options && { MaxKeys: 1 }),
      // XML cannot hold every character of a key.
      EncodingType: 'url',
    });
    const answer = await within(options?.timeoutMs ?? usual, (abortSignal) =>
      sdk.send(command, { abortSignal }),
    );
    const decode = answer.EncodingType === 'url' ? decodeKey : (key: string) => key;
    const objects = (answer.Contents ?? []).flatMap(({ Key, Size, ETag, LastModified }) =>
      Key === undefined ? [] : [toListed(decode(Key), Size, ETag, LastModified)],
    );
    return { objects, isTruncated: answer.IsTruncated, next: answer.NextContinuationToken };
  }

  function toListed(key: string, size = 0, etag = '', modified = new Date(0)): ListedObject {
    // Clocks of stores run ahead, and what writes to them may set any time.
    const modifiedAt = Math.min(modified.getTime(), clock.now().getTime());
    return { key, size, modifiedAt, version: versionOf(etag, size) };
  }

  return {
    /**
     * The objects whose keys begin with `prefix`, page after page.
     * @throws StoreError `unavailable` where the listing does not come to its end, too
     */
    async *list(prefix: string): AsyncGenerator<readonly ListedObject[]> {
      // Some stores say that there is more without saying where, or name a place that was listed already.
      const seen = new Set<string>();
      let [token, empty, count]: [string | undefined, number, number] = [undefined, 0, 0];
      for (;;) {
        const { objects, isTruncated, next } = await listPage(prefix, token);
        const first = objects[0]?.key;
        empty = first === undefined ? empty + 1 : 0;
        count += objects.length;
        if (first !== undefined) seeOnce(seen, `key ${first}`);
        yield objects;
        if (isTruncated !== true) return;
        if (!next) throw new StoreError('unavailable', 'LISTING_WITHOUT_TOKEN');
        seeOnce(seen, `token ${next}`);
        if (empty > MAX_EMPTY_PAGES || count > maxObjects) {
          throw new StoreError('unavailable', 'LISTING_WITHOUT_END');
        }
        token = next;
      }
    },

    /** The first objects whose keys begin with `prefix`, at least one if there is one. */
    first: async (prefix: string, options: CallOptions = {}) =>
      (await listPage(prefix, undefined, options)).objects,

    async head(key: string, options?: CallOptions): Promise<FoundObject> {
      const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
      const answer = await within(options?.timeoutMs ?? usual, (abortSignal) =>
        sdk.send(command, { abortSignal }),
      );
      return {
        ...toListed(key, answer.ContentLength, answer.ETag, answer.LastModified),
        storageClass: answer.StorageClass,
        archiveStatus: answer.ArchiveStatus,
        restore: answer.Restore,
        contentEncoding: answer.ContentEncoding,
      };
    },

    /** The text of a small object; null where it has more than `maxBytes`, whatever length it announces. */
    getText: (key: string, maxBytes: number): Promise<GotText | null> =>
      within(usual, async (signal) => {
        const command = new GetObjectCommand({ Bucket: bucket, Key: key });
        // Without options, the SDK puts its middleware together once for all.
        const { Body, ETag: etag = '' } = await sdk.send(command);
        const text = await readBounded(Body as AsyncIterable<Uint8Array>, maxBytes, signal);
        return text === null ? null : { text, etag };
      }),

    async put(key: string, text: string): Promise<void> {
      const Body = Buffer.from(text);
      const object = { Bucket: bucket, Key: key, Body, ContentType: 'application/json' };
      const command = new PutObjectCommand(object);
      await within(usual, (abortSignal) => sdk.send(command, { abortSignal }));
    },

    async remove(key: string): Promise<void> {
      const command = new DeleteObjectCommand({ Bucket: bucket, Key: key });
      await within(usual, (abortSignal) => sdk.send(command, { abortSignal }));
    },
  };
}

/** @throws StoreError, `unavailable` once the time is over, even in the middle of a body */
async function within<Answer>(
  timeoutMs: number,
  send: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      stop.abort();
      reject(new StoreError('unavailable', 'TIMEOUT'));
    }, timeoutMs);
  });
  try {
    return await Promise.race([send(stop.signal), timeout]);
  } catch (error) {
    throw toStoreError(error);
  } finally {
    clearTimeout(timer);
  }
}

function seeOnce(seen: Set<string>, place: string): void {
  if (seen.has(place)) throw new StoreError('unavailable', 'LISTING_REPEATS');
  seen.add(place);
}

/** Stores write a space as `+`, and a plus as `%2B`. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

/** Of the content, by what the store tells of it. */
export function versionOf(etag: string, size: number): string {
  return `${etag.replace(/^W\//, '').replaceAll('"', '')}-${size}`;
}

/**
 * Whether a link can carry a key. Clients resolve `.` and `..` segments of a URL, however they are encoded
 * (WHATWG URL, 4.4), so that such a key would become another one; control characters end lines of headers.
 */
export function canBeLinked(key: string): boolean {
  return !/\p{Cc}/u.test(key) && !key.split('/').some((part) => part === '.' || part === '..');
}

/** The name of the file an object holds: the last segment of its key; empty for a marker of a folder. */
export function fileNameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** An object as a file of a backup. */
export function toFile({ key, size, modifiedAt, version }: ListedObject): StoredFile {
  return { name: fileNameOf(key), size, modifiedAt, version };
}
