import { createHash } from 'node:crypto';
import { CliError, EXIT } from '../cli-error.js';
import { BatchWriter } from './batch-writer.js';
import { LinkRefusal, Setback, toSetback } from './failures.js';
import type { HashedSink } from './hashed-sink.js';
import type { Interval } from './intervals.js';
import type { IssuedLink, Run } from './request.js';
import { ask, readBody, type Answer } from './response.js';
import { changedError, type Source } from './source.js';
import { together } from './tasks.js';

const MIB = 2 ** 20;
/** Below this a second connection costs more than it brings. */
const WORTH_PARALLEL = 8 * MIB;
export const DEFAULT_PARALLEL = 4;
const SMALLEST_PIECE = 8 * MIB;
const LARGEST_PIECE = 1024 * MIB;
/** Requests that a file of middle size takes. */
const PIECES = 64;
/** Times that a store which only sends whole files is asked for one from its first byte. */
const MOST_STREAMS = 5;
/** Links in a row that a store refuses just after they were issued, where the person gave no number. */
const MOST_REFUSED_LINKS = 5;
/** Answers in a row that are not the part asked for, after which the file is read as a whole. */
const MOST_UNFIT = 3;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Ranges that broke together do not come back together. */
const JITTER = 0.25;

export interface FetchOptions {
  /** Connections that may be used. */
  readonly parallel: number;
  /** Called once size and version are known, with the connections in use. @throws CliError */
  readonly onOpened: (parallel: number) => Promise<void>;
}

/** How many connections a file is worth. @param most what the person allows; null for the default */
export function connectionsFor(sizeBytes: number | null, most: number | null): number {
  if (most === null && sizeBytes !== null && sizeBytes < WORTH_PARALLEL) return 1;
  // A range has one byte or more.
  return Math.max(1, Math.min(most ?? DEFAULT_PARALLEL, sizeBytes ?? Infinity));
}

/** Asks for the first link of a file, for as long as for bytes. @throws CliError, or the reason of the signal */
export async function openSource(source: Source, signal: AbortSignal): Promise<void> {
  await persist(source, () => Promise.resolve(true), signal);
}

/**
 * Brings all bytes of a file into its sink: the pieces that are missing, several at a time, or one stream from the
 * first byte where the store knows no ranges. Where no SHA-256 will tell, the store is asked once more at the end
 * whether the file is still the same.
 * @throws CliError, or the reason of the signal
 */
export async function fetchFile(
  source: Source,
  sink: HashedSink,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    await fetchPieces(source, sink, options, signal);
  } catch (error) {
    if (!isWithoutRanges(error)) throw error;
    await startOver(source, sink, `${error.message}: the file is read in one stream`);
    await fetchWhole(source, sink, options, signal);
  }
  const { sizeBytes } = source;
  // The last line of defence: whatever went on before, a file with holes is not whole.
  if (sink.written.prefix !== sizeBytes || sink.written.total !== sizeBytes) {
    throw new CliError(EXIT.verification, 'The file is incomplete: run the same command again.');
  }
  if (source.sha256 === null) await confirmVersion(source, signal);
}

/** Asks for the first byte once more: an answer that is of another version or size ends the download. */
async function confirmVersion(source: Source, signal: AbortSignal): Promise<void> {
  const { lineBytes } = source;
  const first: Piece = { position: 0, end: Math.min(1, source.sizeBytes ?? 1), isRanged: true };
  const ignore = (): undefined => undefined;
  await fetchPiece(source, first, { accept: ignore, push: ignore }, signal).catch(
    (error: unknown) => {
      // What cannot be asked is no news.
      if (!isWithoutRanges(error)) throw error;
    },
  );
  source.lineBytes = lineBytes;
}

async function fetchPieces(
  source: Source,
  sink: HashedSink,
  { parallel, onOpened }: FetchOptions,
  outer: AbortSignal,
): Promise<void> {
  const [first] = missingPieces(source, sink, parallel);
  if (first === undefined) return;
  await together(outer, (signal, start) => {
    let queue: Interval[] = [];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await fetchInto(source, sink, next, signal);
      }
    };
    // The first answer tells the size and the version, and whether others can be asked for beside it.
    const onFirst = async (isWhole: boolean): Promise<void> => {
      if (!isWhole) queue = missingPieces(source, sink, parallel, first);
      const count = Math.min(parallel, queue.length + 1);
      await onOpened(count);
      for (let i = 1; i < count; i += 1) start(work);
    };
    return fetchInto(source, sink, first, signal, onFirst).then(work);
  });
}

/**
 * What is missing, in pieces and in order. Several connections get small ones, one after the other from the front:
 * so the file grows from its beginning, and what is whole can be read again while the rest comes.
 * @param underWay what has been asked for already
 */
function missingPieces(
  { sizeBytes }: Source,
  { written }: HashedSink,
  parallel: number,
  underWay?: Interval,
): Interval[] {
  if (sizeBytes === null) return [{ start: 0, end: SMALLEST_PIECE }];
  const missing = written.missing(sizeBytes, underWay);
  if (parallel === 1) return missing;
  const wished = Math.min(LARGEST_PIECE, Math.max(SMALLEST_PIECE, Math.ceil(sizeBytes / PIECES)));
  const length = Math.min(wished, Math.ceil(sizeBytes / parallel));
  return missing.flatMap(({ start, end }) =>
    Array.from({ length: Math.ceil((end - start) / length) }, (_, i) => ({
      start: start + i * length,
      end: Math.min(end, start + (i + 1) * length),
    })),
  );
}

/** @param onFirst called with whether the first answer is the whole file; null where others have begun */
async function fetchInto(
  source: Source,
  sink: HashedSink,
  range: Interval,
  signal: AbortSignal,
  onFirst: ((isWhole: boolean) => Promise<void>) | null = null,
): Promise<void> {
  const piece: Piece = { position: range.start, end: range.end, isRanged: true };
  const writer = new BatchWriter(sink, range.start, source.run.giveBack);
  let open = onFirst;
  const accept = async ({ isWhole, until }: Answer): Promise<void> => {
    const size = source.sizeBytes;
    // Only before others have begun may one answer be all of it.
    const isFresh = open !== null && piece.position === 0 && sink.written.total === 0;
    if (isWhole && !isFresh)
      throw withoutRanges('the store sends the whole file instead of a part');
    if (!isWhole && size === null) throw withoutRanges('the store does not report the size');
    const isAll = isWhole || (isFresh && until === size && (piece.end ?? 0) >= (until ?? Infinity));
    if (!isAll && !source.canBeJoined) {
      throw withoutRanges('the store does not identify versions of the file');
    }
    if (isWhole) piece.end = null;
    const opening = open?.(isWhole);
    open = null;
    await opening;
  };
  try {
    await fetchPiece(source, piece, { accept, push: writer.push }, signal);
  } finally {
    await writer.finish();
  }
}

/**
 * In one stream from the first byte, and again after each break. What a pipe was given cannot be taken back: it is
 * skipped, and compared with what comes.
 */
async function fetchWhole(
  source: Source,
  sink: HashedSink,
  { onOpened }: FetchOptions,
  signal: AbortSignal,
): Promise<void> {
  const piece: Piece = { position: 0, end: source.sizeBytes, isRanged: false };
  const writerHere = (): BatchWriter =>
    new BatchWriter(sink, sink.written.prefix, source.run.giveBack);
  let writer = writerHere();
  let skipped = createHash('sha256');
  let streams = 0;
  const accept = async (): Promise<void> => {
    await writer.finish();
    if (streams === MOST_STREAMS) throw streamsError();
    streams += 1;
    const reason = 'the line broke, and the store only sends the file from the start';
    if (streams > 1) await startOver(source, sink, reason);
    else await onOpened(1);
    piece.position = sink.written.prefix;
    writer = writerHere();
    skipped = createHash('sha256');
  };
  const onSkipped = (chunk: Buffer, isLast: boolean): void => {
    skipped.update(chunk);
    if (!isLast || skipped.digest('hex') === sink.sha256OfBeginning()) return;
    throw changedError('its beginning differs from what was written');
  };
  const push = (chunk: Buffer): Promise<void> | undefined => writer.push(chunk);
  try {
    await fetchPiece(source, piece, { accept, push, onSkipped }, signal);
  } catch (error) {
    if (!isWithoutRanges(error)) throw error;
    throw new CliError(
      EXIT.network,
      `The store does not respond with the file (${error.message}): try again later.`,
      { cause: error },
    );
  } finally {
    await writer.finish();
  }
}

async function startOver(source: Source, sink: HashedSink, reason: string): Promise<void> {
  const { run, name: file } = source;
  const isLoss = sink.written.total > 0 && (await sink.clear());
  if (isLoss) run.emit({ kind: 'started-over', file, reason });
  else run.emit({ kind: 'notice', file, message: reason });
}

function streamsError(): CliError {
  return new CliError(
    EXIT.network,
    `The connection broke ${MOST_STREAMS} times, and the store only sends the file from the start: use a better ` +
      'line, or a store that supports ranges.',
  );
}

function withoutRanges(reason: string): Setback {
  return new Setback(reason, 'no-ranges');
}

function isWithoutRanges(error: unknown): error is Setback {
  return error instanceof Setback && error.kind === 'no-ranges';
}

/** A part of the file that is fetched with as many requests as it takes. */
interface Piece {
  /** The next byte that is wanted. */
  position: number;
  /** The byte after the last; null for the end of the file. */
  end: number | null;
  /** Whether to ask with a Range. */
  readonly isRanged: boolean;
}

interface PieceHooks {
  /** Called before the first byte of each answer that fits; may move the position. */
  readonly accept: (answer: Answer) => Promise<void> | undefined;
  /** Takes the bytes in order; a promise where no more may come for now. */
  readonly push: (chunk: Buffer) => Promise<void> | undefined;
  /** Called for bytes before the position, where an answer begins earlier. */
  readonly onSkipped?: (chunk: Buffer, isLast: boolean) => void;
}

async function fetchPiece(
  source: Source,
  piece: Piece,
  { accept, push, onSkipped }: PieceHooks,
  signal: AbortSignal,
): Promise<void> {
  const { throttle } = source.run;
  let farthest = piece.position;
  const isDone = (): boolean => piece.end !== null && piece.position >= piece.end;
  if (isDone()) return;
  await persist(
    source,
    async (link, row) => {
      const { position: start, end, isRanged } = piece;
      const answer = await ask(source, link.url, { start, end, isRanged }, signal);
      const { body, from } = answer;
      try {
        await accept(answer);
        piece.end = earliest(piece.end, source.sizeBytes);
        const until = earliest(piece.end, answer.until);
        let toSkip = piece.position - from;
        const use = (bytes: Buffer): Promise<unknown> | undefined => {
          source.lineBytes += bytes.length;
          row.lastByteAt = source.run.clock.awake();
          const slower = throttle(bytes.length, signal);
          const skip = Math.min(toSkip, bytes.length);
          if (skip > 0) {
            toSkip -= skip;
            onSkipped?.(bytes.subarray(0, skip), toSkip === 0);
          }
          const left = until === null ? Infinity : until - piece.position;
          const isAll = skip === 0 && bytes.length <= left;
          const wanted = isAll ? bytes : bytes.subarray(skip, skip + Math.min(left, bytes.length));
          if (wanted.length === 0) return slower;
          piece.position += wanted.length;
          // What comes a second time is no progress.
          if (piece.position > farthest) {
            farthest = piece.position;
            row.advance();
          }
          const full = push(wanted);
          return slower && full ? Promise.all([slower, full]) : (slower ?? full);
        };
        const isCut = until !== null && (answer.until === null || until < answer.until);
        await readBody(body, until === null ? null : until - from, isCut, use, signal);
        if (until === null) source.version = { ...source.version, sizeBytes: piece.position };
        return until === null || isDone();
      } finally {
        body.destroy();
      }
    },
    signal,
  );
}

/** What happened since the last byte that was new. */
class Row {
  failures = 0;
  refusals = 0;
  unfit = 0;
  /** Times that new bytes came. */
  advances = 0;

  /** @param lastByteAt by the clock of waking hours */
  constructor(public lastByteAt: number) {}

  advance(): void {
    this.failures = this.refusals = this.unfit = 0;
    this.advances += 1;
  }
}

/**
 * The loop in which all that fails is tried again. After each failure in a row it waits twice as long, from a second
 * to a minute; only bytes that are new begin a new row. A link that has ended is renewed, and is no failure.
 * @param attempt returns whether it is done
 * @throws CliError, a Setback of kind `no-ranges`, or the reason of the signal
 */
async function persist(
  source: Source,
  attempt: (link: IssuedLink, row: Row) => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, retries } = source.run;
  const row = new Row(clock.awake());
  let unusable: IssuedLink | null = null;
  for (;;) {
    signal.throwIfAborted();
    const { advances } = row;
    let link: IssuedLink | null = null;
    let setback: Setback;
    try {
      link = await source.link(unusable, signal);
      unusable = null;
      if (await attempt(link, row)) return;
      if (row.advances > advances) continue;
      setback = new Setback('nothing came');
    } catch (error) {
      signal.throwIfAborted();
      setback = toSetback(error);
    }
    if (setback instanceof LinkRefusal) {
      unusable = link;
      row.refusals += 1;
      // The first one had its time; one that was issued just now should work.
      if (row.refusals === 1) continue;
      if (row.refusals > (retries ?? MOST_REFUSED_LINKS)) throw setback.error;
    }
    if (setback.kind === 'unfit') row.unfit += 1;
    if (row.unfit >= MOST_UNFIT) throw withoutRanges(setback.message);
    if (setback.kind === 'no-ranges') throw setback;
    row.failures += 1;
    // The store may have moved, which only the service knows; but a link a minute would cost its budget.
    if (setback.kind === 'unreached' && isPowerOfTwo(row.failures)) unusable = link;
    await pauseAfter(setback, row, source, signal);
  }
}

/** Waits before the next attempt. @throws CliError when it is time to give up */
async function pauseAfter(
  { message: reason, kind, afterMs }: Setback,
  { failures: attempt, lastByteAt }: Row,
  { run, name: file }: Source,
  signal: AbortSignal,
): Promise<void> {
  const leftMs = lastByteAt + run.timeoutMs - run.clock.awake();
  if (leftMs <= 0 || attempt > (run.retries ?? Infinity)) {
    const advice = kind === 'unreached' ? OTHER_ADDRESS : '';
    throw new CliError(
      EXIT.network,
      `Gave up: ${limitOf(leftMs, attempt, run)} (${reason}): ${advice}run the same command again to resume.`,
    );
  }
  const step = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 16));
  const jittered = step * (1 - JITTER + 2 * JITTER * run.random());
  const retryInMs = Math.round(Math.min(leftMs, Math.max(jittered, afterMs)));
  run.emit({ kind: 'line-broke', file, reason, attempt, retryInMs });
  await run.clock.sleep(retryInMs, signal);
}

const OTHER_ADDRESS =
  'check the network, try with or without --internal, or set EMBEDDED_PUBLIC_URL of your own service to an address ' +
  'that this machine reaches; then ';

function limitOf(leftMs: number, attempt: number, { timeoutMs }: Run): string {
  if (leftMs > 0) return `${attempt} attempts brought nothing`;
  const isLong = timeoutMs >= 120_000;
  const time = isLong
    ? `${Math.round(timeoutMs / 60_000)} min`
    : `${Math.round(timeoutMs / 1000)} s`;
  return `nothing came for ${time}`;
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
