import { parseContentRange, parseUnsatisfiedRange, toCount } from '../../domain/byte-range.js';
import { strongTagOf } from '../../domain/entity-tag.js';

/** The part of a file that has been saved. */
export interface Received {
  readonly bytes: number;
  /** ETag of the first response. It identifies the file and is the same for all its links. */
  readonly etag: string;
}

/** The requested bytes of a file. */
export interface Bytes {
  /** Bytes of the whole file; null if the store does not say. */
  readonly total: number | null;
  /** Null if CORS hides it or if it is weak. */
  readonly etag: string | null;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * `whole`: the file is complete. `unreachable`: no response, or one that CORS hides. `refused`,
 * `missing`, `unreadable`, `busy`: the store says so. `encoded`: the browser would decompress the
 * bytes. `changed`: the file differs from the one saved in part. `unresumable`: the store does not
 * serve ranges.
 */
export type StoreAnswer = Bytes | 'whole' | Refusal;

export type Refusal =
  | 'unreachable'
  | 'refused'
  | 'missing'
  | 'unreadable'
  | 'busy'
  | 'encoded'
  | 'changed'
  | 'unresumable';

/**
 * Opens a link from its start, or after the received bytes. Sends `Range` alone, without
 * `If-Range`: fewer stores allow other headers under CORS. The response shows whether it continues
 * the same file. Rejects only when the signal aborts.
 */
export async function openLink(
  link: string,
  received: Received | null,
  { fetch, signal }: { readonly fetch: typeof globalThis.fetch; readonly signal: AbortSignal },
): Promise<StoreAnswer> {
  try {
    const response = await fetch(link, {
      headers: received === null ? {} : { range: `bytes=${received.bytes}-` },
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal,
    });
    const answer = await readAnswer(response, received);
    if (typeof answer === 'string') await response.body?.cancel().catch(() => undefined);
    return answer;
  } catch {
    signal.throwIfAborted();
    return 'unreachable';
  }
}

async function readAnswer(response: Response, received: Received | null): Promise<StoreAnswer> {
  const { status, headers, body } = response;
  const range = headers.get('content-range');
  if (received !== null && status === 416)
    return parseUnsatisfiedRange(range) === received.bytes ? 'whole' : 'changed';
  if (received !== null && status === 412) return 'changed';
  if (!response.ok || body === null) return refusalOf(response);
  if (isEncoded(headers)) return 'encoded';
  const etag = strongTagOf(headers.get('etag'));
  if (received === null) return { total: lengthOf(headers), etag, body };
  if (etag !== null && etag !== received.etag) return 'changed';
  const part = status === 206 ? parseContentRange(range) : null;
  return part?.start === received.bytes && etag !== null
    ? { total: part.size, etag, body }
    : 'unresumable';
}

function lengthOf(headers: Headers): number | null {
  const length = toCount(headers.get('content-length'));
  return Number.isNaN(length) ? null : length;
}

/** `aws-chunked` describes how the file was uploaded, not the bytes served. */
function isEncoded(headers: Headers): boolean {
  const codings = (headers.get('content-encoding') ?? '').toLowerCase().split(',');
  return codings.some((coding) => !['', 'identity', 'aws-chunked'].includes(coding.trim()));
}

/** Why a response does not carry the file; a new link helps only in some cases. */
async function refusalOf(response: Response): Promise<Refusal> {
  if (response.status === 404 || response.status === 410) return 'missing';
  // The store, or a proxy in front of it, is overloaded.
  if (response.status === 429 || response.status >= 500) return 'busy';
  return (await statusWordOf(response)) === 'FILE_NOT_READABLE' ? 'unreadable' : 'refused';
}

/** Longest JSON error in bytes; anything longer is not in the API's error form. */
const MAX_ERROR = 4096;

/** The status of an error in the API's form; undefined for any other body. */
async function statusWordOf(response: Response): Promise<unknown> {
  const length = lengthOf(response.headers);
  if (length === null || length > MAX_ERROR) return undefined;
  const text = await response.text();
  try {
    const { error } = JSON.parse(text) as { error?: { status?: unknown } };
    return error?.status;
  } catch {
    return undefined;
  }
}
