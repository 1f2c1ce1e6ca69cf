/** Where downloaded bytes go. */
export interface Sink {
  write(chunk: Uint8Array<ArrayBuffer>): Promise<void> | void;
  /** Makes the file appear. */
  close(): Promise<void> | void;
  /** Leaves nothing behind. */
  abort(): Promise<void> | void;
}

export interface Progress {
  readonly received: number;
  /** Null where the store does not tell. */
  readonly total: number | null;
}

/**
 * `blocked`: the page may not read from the store. `missing`, `unreadable`, `busy`: it says that the file is
 * gone, that it may not read it itself, that it has too much to do. `refused`: another answer than the file.
 */
export type SaveFailure = Refusal | 'blocked' | 'tooLarge' | 'brokenOff' | 'notWritten';
type Refusal = 'refused' | 'missing' | 'unreadable' | 'busy';

export type SaveResult =
  { readonly kind: 'saved'; readonly bytes: number } | { readonly kind: SaveFailure };

export interface SaveOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly sink: Sink;
  /** Bytes the sink can hold. */
  readonly capacity: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Downloads a link into a sink. Rejects only when the signal aborts; the sink is then left empty. */
export async function saveStream(link: string, options: SaveOptions): Promise<SaveResult> {
  const result = await receive(link, options);
  if (result.kind !== 'saved') await Promise.resolve(options.sink.abort()).catch(() => undefined);
  options.signal.throwIfAborted();
  return result;
}

async function receive(
  link: string,
  { fetch, sink, capacity, signal, onProgress }: SaveOptions,
): Promise<SaveResult> {
  const response = await fetch(link, {
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
    signal,
  }).catch(() => null);
  if (response === null) return { kind: 'blocked' };
  if (!response.ok || response.body === null) return { kind: await refusalOf(response) };
  const total = lengthOf(response.headers);
  if ((total ?? 0) > capacity) {
    await response.body.cancel();
    return { kind: 'tooLarge' };
  }
  const reader = response.body.getReader();
  for (let received = 0; ;) {
    const part = await reader.read().catch(() => null);
    if (part === null) return { kind: 'brokenOff' };
    if (part.done) return finish(sink, received, total);
    received += part.value.length;
    const isWritten = received <= capacity && (await succeeds(() => sink.write(part.value)));
    if (!isWritten) {
      await reader.cancel().catch(() => undefined);
      return { kind: received > capacity ? 'tooLarge' : 'notWritten' };
    }
    onProgress({ received, total });
  }
}

/** What an answer without the file says of the reason: only some are cured by a new link. */
async function refusalOf(response: Response): Promise<Refusal> {
  if (response.status === 404 || response.status === 410) return 'missing';
  if (response.status === 429 || response.status === 503) return 'busy';
  return (await statusWordOf(response)) === 'FILE_NOT_READABLE' ? 'unreadable' : 'refused';
}

/** Characters of an error in JSON; other stores answer with pages of their own. */
const MAX_ERROR = 4096;

/** The status in the error form of the API; undefined where the answer has another. */
async function statusWordOf(response: Response): Promise<unknown> {
  try {
    const length = lengthOf(response.headers);
    if (length === null || length > MAX_ERROR) {
      await response.body?.cancel();
      return undefined;
    }
    const { error } = (await response.json()) as { error?: { status?: unknown } };
    return error?.status;
  } catch {
    return undefined;
  }
}

async function finish(sink: Sink, received: number, total: number | null): Promise<SaveResult> {
  if (total !== null && received < total) return { kind: 'brokenOff' };
  return (await succeeds(() => sink.close()))
    ? { kind: 'saved', bytes: received }
    : { kind: 'notWritten' };
}

async function succeeds(act: () => Promise<void> | void): Promise<boolean> {
  try {
    await act();
    return true;
  } catch {
    return false;
  }
}

/** Compressed bytes are counted after they are unpacked: their length tells nothing then. */
function lengthOf(headers: Headers): number | null {
  const length = headers.get('content-length');
  if (length === null || headers.has('content-encoding')) return null;
  return Number(length);
}
