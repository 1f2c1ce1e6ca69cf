import { DownloadError } from '../download-error.js';
import type { IssuedLink } from '../request.js';
import type { BytesAnswer } from './answer.js';
import { NoRangesError, reasonOf } from './broken-line.js';
import { refusedLinkError } from './refusal.js';
import { requestOnce, type RequestEnd } from './request-once.js';
import type { Source, SourceOptions } from './source.js';

/** Links in a row that a store refuses just after they were issued, where the person gave no number. */
const MOST_REFUSED_LINKS = 5;
/** Answers in a row that are not the part asked for, after which the file is read as a whole. */
const MOST_UNFIT = 3;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Ranges that broke together do not come back together. */
const JITTER = 0.25;

/** A part of the file that is fetched with as many requests as it takes. */
export interface Piece {
  /** The next byte that is wanted. */
  position: number;
  /** The byte after the last; null for the end of the file. */
  end: number | null;
  /** Whether to ask with a Range. */
  readonly ranged: boolean;
}

export interface PieceHooks {
  /** Called before each request. */
  readonly prepare?: () => Promise<void>;
  /** Called before the first byte of each answer that fits. @throws NoRangesError where it is not wanted */
  readonly accept: (bytes: BytesAnswer) => void;
  /** Takes the bytes in order; a promise where no more may come for now. */
  readonly push: (chunk: Buffer) => Promise<void> | undefined;
  /** Called for bytes before the position, where an answer begins earlier. */
  readonly onSkipped?: (chunk: Buffer) => void;
}

type WaitOptions = Pick<
  SourceOptions,
  'clock' | 'random' | 'emit' | 'name' | 'retries' | 'timeoutMs'
>;

/** A failure that may be over soon. */
export interface Failure {
  readonly reason: string;
  /** Pause that the store asked for, in milliseconds. */
  readonly afterMs: number | null;
}

/**
 * Fetches one piece: the loop in which all that fails is tried again. After each failure in a row it waits twice as
 * long, from a second to a minute; only bytes that are new begin a new row. A link that has ended is renewed, and is
 * no failure.
 * @throws DownloadError, NoRangesError, or the reason of the signal
 */
export async function fetchPiece(
  source: Source,
  piece: Piece,
  hooks: PieceHooks,
  signal: AbortSignal,
): Promise<void> {
  const { clock, links, retries } = source.options;
  let farthest = piece.position;
  let lastByteAt = clock.awake();
  let row = { failures: 0, refusals: 0, unfit: 0 };
  let hasEnded = false;
  let unusable: IssuedLink | null = null;

  /** @throws what the line broke with */
  async function once(link: IssuedLink, onAnswer: () => void): Promise<RequestEnd> {
    await hooks.prepare?.();
    const asked = { start: piece.position, end: piece.end, ranged: piece.ranged };
    const answer = { isOpenEnded: false };
    const onLine = (bytes: number): void => {
      source.lineBytes += bytes;
      lastByteAt = clock.awake();
    };
    const push = (chunk: Buffer): Promise<void> | undefined => {
      piece.position += chunk.length;
      // What comes a second time is no progress.
      if (piece.position > farthest) {
        farthest = piece.position;
        row = { failures: 0, refusals: 0, unfit: 0 };
      }
      return hooks.push(chunk);
    };
    const accept = (bytes: BytesAnswer) => {
      source.adopt(bytes.version);
      hooks.accept(bytes);
      piece.end = earliest(piece.end, source.sizeBytes);
      const until = earliest(piece.end, bytes.until);
      answer.isOpenEnded = until === null;
      return {
        skip: piece.position - bytes.from,
        take: until === null ? null : until - piece.position,
        isCut: until !== null && (bytes.until === null || until < bytes.until),
        push,
        onSkipped: hooks.onSkipped,
      };
    };
    const end = await requestOnce(source, link.url, asked, { onAnswer, onLine, accept }, signal);
    if (answer.isOpenEnded && end.kind === 'ended') {
      hasEnded = true;
      source.adoptSize(piece.position);
    }
    return end;
  }

  const isDone = (): boolean => hasEnded || (piece.end !== null && piece.position >= piece.end);

  /** @returns null where there is nothing to wait for */
  function failureOf(end: RequestEnd, link: IssuedLink, before: number): Failure | null {
    switch (end.kind) {
      case 'ended':
        return isDone() || farthest > before ? null : { reason: 'nothing came', afterMs: null };
      case 'changed':
        throw source.changed(end.what);
      case 'later':
        return end;
      case 'unfit':
        row.unfit += 1;
        if (row.unfit >= MOST_UNFIT) throw new NoRangesError(end.reason);
        return { reason: end.reason, afterMs: null };
      case 'link-refused':
        row.refusals += 1;
        unusable = link;
        // The first one had its time; one that was issued just now should work.
        if (row.refusals === 1) return null;
        if (row.refusals > (retries ?? MOST_REFUSED_LINKS)) {
          throw refusedLinkError(end.status, end.code);
        }
        return { reason: `the store refuses the link (${end.status})`, afterMs: null };
    }
  }

  while (!isDone()) {
    signal.throwIfAborted();
    const before = farthest;
    let link: IssuedLink | null = null;
    const answer = { isThere: false };
    let failure: Failure | null;
    try {
      link = await links.get(unusable, signal);
      unusable = null;
      failure = failureOf(await once(link, () => (answer.isThere = true)), link, before);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NoRangesError) throw error;
      failure = { reason: reasonOf(error), afterMs: null };
    }
    if (failure === null) continue;
    row.failures += 1;
    // The store may have moved, which only the service knows; but a link a minute would cost its budget.
    if (link !== null && !answer.isThere && isPowerOfTwo(row.failures)) unusable = link;
    await waitAfter(source.options, failure, row.failures, lastByteAt, signal);
  }
}

/**
 * Waits before the next attempt.
 * @param lastByteAt by the clock of waking hours
 * @throws DownloadError when it is time to give up
 */
export async function waitAfter(
  options: WaitOptions,
  { reason, afterMs }: Failure,
  attempt: number,
  lastByteAt: number,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, emit, name, retries, timeoutMs } = options;
  const leftMs = lastByteAt + timeoutMs - clock.awake();
  if (leftMs <= 0 || (retries !== null && attempt > retries)) {
    const limit =
      leftMs <= 0
        ? `nothing came for ${inWords(timeoutMs)}`
        : `${attempt} attempts brought nothing`;
    throw new DownloadError(
      'network',
      `Gave up: ${limit} (${reason}): run the same command again to resume.`,
    );
  }
  const step = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 16));
  const jittered = step * (1 - JITTER + 2 * JITTER * random());
  const retryInMs = Math.round(Math.min(leftMs, Math.max(jittered, afterMs ?? 0)));
  emit({ kind: 'line-broke', file: name, reason, attempt, retryInMs });
  await clock.sleep(retryInMs, signal);
}

function inWords(ms: number): string {
  return ms >= 120_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 1000)} s`;
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
