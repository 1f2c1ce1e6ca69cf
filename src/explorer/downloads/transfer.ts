import {
  type Bytes,
  openLink,
  type Received,
  type Refusal,
  type StoreAnswer,
} from './store-answer.js';

/** Where downloaded bytes go. */
export interface Sink {
  write(chunk: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Commits the written bytes to the file. */
  close(): Promise<void>;
  /** Discards the written bytes. */
  abort(): Promise<void>;
}

/** Source of the links to one file. */
export interface LinkSource {
  /** The current link; null once it has expired or is about to. */
  current(): string | null;
  /** Requests a new link. Rejects only when the signal aborts. */
  renew(signal: AbortSignal): Promise<RenewedLink>;
}

export type RenewedLink =
  | { readonly kind: 'link'; readonly url: string }
  /** Whether trying again may help. */
  | { readonly kind: 'none'; readonly isPassing: boolean };

/** Why a transfer stopped. `noLink`: the service issues no new link. */
export type StopReason = Refusal | 'notWritten' | 'noLink' | 'brokenOff';

export interface Position {
  received: number;
  total: number | null;
  etag: string | null;
}

export interface TransferOptions {
  readonly links: LinkSource;
  readonly sink: Sink;
  readonly fetch: typeof globalThis.fetch;
  /** Waits for the given milliseconds, or until trying again may help. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** Kept up to date, so a stopped transfer can resume from it. */
  readonly position: Position;
  readonly onProgress: (phase: 'running' | 'waiting') => void;
}

/** Attempts in a row without a byte before the transfer stops. */
const MAX_IDLE_ATTEMPTS = 6;
const FIRST_WAIT_MS = 1000;
const MAX_WAIT_MS = 30_000;
/** A connection without a byte for this long counts as broken. */
const STALL_MS = 60_000;

/** Reasons that a new link does not remedy. */
const FINAL: ReadonlySet<StopReason> = new Set<StopReason>([
  'missing',
  'unreadable',
  'encoded',
  'changed',
  'unresumable',
  'notWritten',
  'noLink',
]);

/**
 * Writes a file from an open response, or resumes at the position, which is the start or has an
 * ETag. After a broken connection, resumes from the saved bytes, with a new link if the old one has
 * expired or is refused. Rejects only when the signal aborts; the sink then keeps its bytes.
 */
export async function transfer(
  opened: Bytes | null,
  options: TransferOptions,
): Promise<'saved' | StopReason> {
  const { position, signal, sink, wait, onProgress } = options;
  let idleAttempts = 0;
  let needsNewLink = false;
  for (let answer = opened; ; answer = null) {
    const before = position.received;
    const end: StepEnd =
      answer === null ? await resume(options, needsNewLink) : await pump(answer, options);
    signal.throwIfAborted();
    if (end === 'whole') return (await succeeds(() => sink.close())) ? 'saved' : 'notWritten';
    if (FINAL.has(end)) return end;
    idleAttempts = position.received > before ? 1 : idleAttempts + 1;
    const canResume = position.received === 0 || position.etag !== null;
    if (!canResume || idleAttempts > MAX_IDLE_ATTEMPTS) return end;
    // A response that CORS hides may be the refusal of an expired link.
    needsNewLink = end === 'refused' || end === 'unreachable';
    onProgress('waiting');
    await wait(Math.min(FIRST_WAIT_MS * 2 ** (idleAttempts - 1), MAX_WAIT_MS), signal);
  }
}

type StepEnd = StopReason | 'whole';

async function resume(options: TransferOptions, needsNewLink: boolean): Promise<StepEnd> {
  const { links, fetch, signal, position } = options;
  let link = needsNewLink ? null : links.current();
  if (link === null) {
    const renewed = await links.renew(signal);
    if (renewed.kind === 'none') return renewed.isPassing ? 'unreachable' : 'noLink';
    link = renewed.url;
  }
  const { received: bytes, etag } = position;
  const received: Received | null = bytes > 0 && etag !== null ? { bytes, etag } : null;
  const answer = await openLink(link, received, { fetch, signal });
  return typeof answer === 'string' ? answer : pump(answer, options);
}

/** Writes the bytes of one response. */
async function pump(answer: Bytes, options: TransferOptions): Promise<StepEnd> {
  const { sink, position, signal, onProgress } = options;
  position.etag = answer.etag ?? position.etag;
  position.total = answer.total ?? position.total;
  const reader = answer.body.getReader();
  const leave = (): void => void reader.cancel().catch(() => undefined);
  const give = (end: StepEnd): StepEnd => {
    leave();
    return end;
  };
  signal.addEventListener('abort', leave, { once: true });
  for (;;) {
    onProgress('running');
    const part = await readPart(reader);
    if (part === null) return give('brokenOff');
    const { received, total } = position;
    if (part.done) return total === null || received === total ? 'whole' : 'brokenOff';
    // More bytes than the file has: the browser is decompressing them.
    if (total !== null && received + part.value.length > total) return give('encoded');
    if (!(await succeeds(() => sink.write(part.value)))) return give('notWritten');
    position.received += part.value.length;
  }
}

/** The next chunk; null if the connection broke or stalled. */
async function readPart(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>> | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stall = new Promise<null>((resolve) => (timer = setTimeout(resolve, STALL_MS, null)));
  try {
    return await Promise.race([reader.read().catch(() => null), stall]);
  } finally {
    clearTimeout(timer);
  }
}

async function succeeds(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens a link on a press; if that fails and the link may have expired, tries once more with a new
 * one. A page often cannot read how a store refuses an expired link. Rejects only when the signal
 * aborts.
 */
export async function openFirst(
  link: string,
  links: LinkSource,
  options: { readonly fetch: typeof globalThis.fetch; readonly signal: AbortSignal },
): Promise<StoreAnswer> {
  const answer = await openLink(link, null, options);
  const isOpen = answer !== 'unreachable' && answer !== 'refused';
  if (isOpen || links.current() !== null) return answer;
  const renewed = await links.renew(options.signal);
  return renewed.kind === 'link' ? openLink(renewed.url, null, options) : answer;
}
