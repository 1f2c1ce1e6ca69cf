/** What has been received of a file. */
export interface Received {
  readonly bytes: number;
  /** As the first answer had it. It belongs to the file: another link of the same file has the same. */
  readonly etag: string;
}

/** The bytes of a file from the requested position. */
export interface Bytes {
  readonly kind: 'bytes';
  /** Size of the whole file; null if the store does not report it. */
  readonly total: number | null;
  /** Null if the page cannot read it, or if it is weak. */
  readonly etag: string | null;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * `whole`: nothing is missing. `unreachable`: no answer, or one the page may not read. `refused`, `missing`,
 * `unreadable`, `busy`: the store says so. `encoded`: the browser would unpack the bytes on the way. `changed`:
 * it is another file than the one that is here in part. `unresumable`: the store does not go on in the middle.
 */
export type StoreAnswer = Bytes | { readonly kind: 'whole' } | { readonly kind: Refusal };

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
 * Opens a link from its start, or from the bytes received. Sends only `Range`, since stores rarely
 * allow pages other headers; whether the response belongs to the same file is read from it. Rejects
 * only when the signal aborts.
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
    const answer =
      received === null ? await readFirst(response) : await readRest(response, received);
    if (answer.kind !== 'bytes') await response.body?.cancel().catch(() => undefined);
    return answer;
  } catch {
    signal.throwIfAborted();
    return { kind: 'unreachable' };
  }
}

async function readFirst(response: Response): Promise<StoreAnswer> {
  if (!response.ok || response.body === null) return { kind: await refusalOf(response) };
  if (isEncoded(response.headers)) return { kind: 'encoded' };
  const total = numberOf(response.headers.get('content-length'));
  return { kind: 'bytes', total, etag: strongEtagOf(response.headers), body: response.body };
}

async function readRest(response: Response, received: Received): Promise<StoreAnswer> {
  const { status, headers, body } = response;
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  const total = numberOf(range?.[2] ?? null);
  if (status === 416) return { kind: total === received.bytes ? 'whole' : 'changed' };
  if (status === 412) return { kind: 'changed' };
  if (!response.ok || body === null) return { kind: await refusalOf(response) };
  if (isEncoded(headers)) return { kind: 'encoded' };
  const etag = strongEtagOf(headers);
  if (etag !== null && etag !== received.etag) return { kind: 'changed' };
  const goesOn = status === 206 && Number(range?.[1]) === received.bytes && etag !== null;
  return goesOn ? { kind: 'bytes', total, etag, body } : { kind: 'unresumable' };
}

/** A weak one may stay the same when bytes change (RFC 9110, 8.8.1). */
function strongEtagOf(headers: Headers): string | null {
  const etag = headers.get('etag');
  return etag?.startsWith('"') ? etag : null;
}

/** `aws-chunked` is how a client sent the file, and says nothing of the bytes now. */
function isEncoded(headers: Headers): boolean {
  const codings = (headers.get('content-encoding') ?? '').toLowerCase().split(',');
  return codings.some((coding) => !['', 'identity', 'aws-chunked'].includes(coding.trim()));
}

function numberOf(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

/** What an answer without the file says of the reason: only some are cured by a new link. */
async function refusalOf(response: Response): Promise<Refusal> {
  if (response.status === 404 || response.status === 410) return 'missing';
  // The store or a proxy in front of it fails.
  if (response.status === 429 || response.status >= 500) return 'busy';
  return (await statusWordOf(response)) === 'FILE_NOT_READABLE' ? 'unreadable' : 'refused';
}

/** Characters of an error in JSON; other stores answer with pages of their own. */
const MAX_ERROR = 4096;

/** The status in an error response of the API; undefined in other responses. */
async function statusWordOf(response: Response): Promise<unknown> {
  const length = numberOf(response.headers.get('content-length'));
  if (length === null || length > MAX_ERROR) return undefined;
  const text = await response.text();
  try {
    const { error } = JSON.parse(text) as { error?: { status?: unknown } };
    return error?.status;
  } catch {
    return undefined;
  }
}
