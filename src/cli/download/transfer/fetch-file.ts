import type { PartFile } from '../disk/part-file.js';
import type { Interval } from '../disk/intervals.js';
import { DownloadError } from '../download-error.js';
import type { BytesAnswer } from './answer.js';
import { createBatchWriter, type BatchWriter } from './batch-writer.js';
import { NoRangesError } from './broken-line.js';
import { fetchPiece, type Piece } from './fetch-piece.js';
import { runTogether } from './run-together.js';
import type { Source } from './source.js';

const MIB = 2 ** 20;
/** Below this a second connection costs more than it brings. */
const WORTH_PARALLEL = 8 * MIB;
export const DEFAULT_PARALLEL = 4;
const SMALLEST_PIECE = 8 * MIB;
const LARGEST_PIECE = 1024 * MIB;
/** Requests that a file of middle size takes. */
const PIECES = 64;
/** Times that a store which only sends whole files is asked for one from its first byte. */
export const MOST_STREAMS = 5;

export interface FetchOptions {
  /** Connections that may be used. */
  readonly parallel: number;
  /** Called with the connections in use once size and version are known, while bytes come. @throws DownloadError */
  readonly onOpened: (parallel: number) => Promise<void>;
}

/** How many connections a file is worth. @param most what the person allows; null for the default */
export function connectionsFor(sizeBytes: number | null, most: number | null): number {
  if (most === null && sizeBytes !== null && sizeBytes < WORTH_PARALLEL) return 1;
  // A range has one byte or more.
  return Math.max(1, Math.min(most ?? DEFAULT_PARALLEL, sizeBytes ?? Infinity));
}

/**
 * Brings all bytes of a file into its part: the pieces that are missing, several at a time, or one stream from the
 * first byte where the store knows no ranges. Where no SHA-256 will tell, the store is asked once more at the end
 * whether the file is still the same.
 * @throws DownloadError, or the reason of the signal
 */
export async function fetchFile(
  source: Source,
  part: PartFile,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    await fetchPieces(source, part, options, signal);
  } catch (error) {
    if (!(error instanceof NoRangesError)) throw error;
    await startOver(source, part, `${error.message}: the file is read in one stream`);
    await fetchWhole(source, part, options, signal);
  }
  const { sizeBytes } = source;
  // The last line of defence: whatever went on before, a file with holes is not whole.
  if (part.written.prefix !== sizeBytes || part.written.total !== sizeBytes) {
    throw new DownloadError('verification', 'The file is incomplete: run the same command again.');
  }
  if (source.sha256 === null) await confirmVersion(source, signal);
}

/** Asks for the first byte once more: an answer that is of another version or size ends the download. */
export async function confirmVersion(source: Source, signal: AbortSignal): Promise<void> {
  const first: Piece = { position: 0, end: Math.min(1, source.sizeBytes ?? 1), ranged: true };
  const ignore = { accept: () => undefined, push: () => undefined };
  const { lineBytes } = source;
  await fetchPiece(source, first, ignore, signal).catch((error: unknown) => {
    // What cannot be asked is no news.
    if (!(error instanceof NoRangesError)) throw error;
  });
  source.lineBytes = lineBytes;
}

async function fetchPieces(
  source: Source,
  part: PartFile,
  { parallel, onOpened }: FetchOptions,
  outer: AbortSignal,
): Promise<void> {
  const [first] = missingPieces(source, part, parallel);
  if (first === undefined) return;
  const queue: Interval[] = [];
  await runTogether(outer, async (signal, start) => {
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await fetchInto(part, source, next, signal);
      }
    };
    // The first answer tells the size and the version, and whether others can be asked for beside it.
    const isWhole = await new Promise<boolean>((resolve, reject) => {
      const opening = fetchInto(part, source, first, signal, (whole) => {
        if (!whole) queue.push(...missingPieces(source, part, parallel, first));
        resolve(whole);
      });
      start(opening.then(work));
      // Where it ends without having been opened, there is nothing to wait for.
      opening.then(() => resolve(true), reject);
    });
    const count = isWhole ? 1 : Math.min(parallel, queue.length + 1);
    await onOpened(count);
    for (let i = 1; i < count; i += 1) start(work());
  });
}

/**
 * What is missing, in pieces and in order. Several connections get small ones, one after the other from the front:
 * so the file grows from its beginning, and what is whole can be read again while the rest comes.
 * @param underWay what has been asked for already
 */
function missingPieces(
  { sizeBytes }: Source,
  part: PartFile,
  parallel: number,
  underWay?: Interval,
): Interval[] {
  if (sizeBytes === null) return [{ start: 0, end: SMALLEST_PIECE }];
  const missing = part.written.with(underWay).missing(sizeBytes);
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

/** @param onOpened called with whether the first answer is the whole file; null where others have begun */
async function fetchInto(
  part: PartFile,
  source: Source,
  range: Interval,
  signal: AbortSignal,
  onOpened: ((whole: boolean) => void) | null = null,
): Promise<void> {
  const piece: Piece = { position: range.start, end: range.end, ranged: true };
  const writer = writerAt(source, part, range.start);
  let open = onOpened;
  const accept = ({ whole, until }: BytesAnswer): void => {
    const size = source.sizeBytes;
    // Only before others have begun may one answer be all of it.
    const isFresh = open !== null && piece.position === 0 && part.written.total === 0;
    if (whole && !isFresh) {
      throw new NoRangesError('the store sends the whole file instead of a part');
    }
    if (!whole && size === null) throw new NoRangesError('the store does not report the size');
    const isAll = whole || (isFresh && until === size && (piece.end ?? 0) >= (until ?? Infinity));
    if (!isAll && !source.canBeJoined) {
      throw new NoRangesError('the store does not identify versions of the file');
    }
    if (whole) piece.end = null;
    open?.(whole);
    open = null;
  };
  try {
    await fetchPiece(source, piece, { accept, push: writer.push }, signal);
  } finally {
    await writer.finish();
  }
}

/** In one stream, from the first byte after each break. */
async function fetchWhole(
  source: Source,
  part: PartFile,
  { onOpened }: FetchOptions,
  outer: AbortSignal,
): Promise<void> {
  const piece: Piece = { position: 0, end: source.sizeBytes, ranged: false };
  let writer = writerAt(source, part, 0);
  let streams = 1;
  const prepare = async (): Promise<void> => {
    if (piece.position === 0) return;
    streams += 1;
    if (streams > MOST_STREAMS) throw streamsError();
    await writer.finish();
    await startOver(
      source,
      part,
      'the line broke, and the store only sends the file from the start',
    );
    piece.position = 0;
    writer = writerAt(source, part, 0);
  };
  try {
    await runTogether(outer, async (signal, start) => {
      let isOpened = false;
      const accept = (): void => {
        if (isOpened) return;
        isOpened = true;
        start(onOpened(1));
      };
      const push = (chunk: Buffer): Promise<void> | undefined => writer.push(chunk);
      await fetchPiece(source, piece, { prepare, accept, push }, signal);
    });
  } catch (error) {
    throw error instanceof NoRangesError ? unfitStoreError(error) : error;
  } finally {
    await writer.finish();
  }
}

async function startOver({ options }: Source, part: PartFile, reason: string): Promise<void> {
  const { emit, name: file } = options;
  const hadBytes = part.written.total > 0;
  await part.clear();
  if (hadBytes) emit({ kind: 'started-over', file, reason });
  else emit({ kind: 'notice', file, message: reason });
}

function writerAt({ options }: Source, part: PartFile, start: number): BatchWriter {
  let position = start;
  return createBatchWriter(async (chunks) => {
    const at = position;
    position += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    await part.write(chunks, at);
  }, options.giveBack);
}

/** The failure after so many streams that broke. */
export function streamsError(): DownloadError {
  return new DownloadError(
    'network',
    `The connection broke ${MOST_STREAMS} times, and the store only sends the file from the start: use a better ` +
      'line, or a store that supports ranges.',
  );
}

/** The failure when a store does not send the file from its first byte either. */
export function unfitStoreError(error: NoRangesError): DownloadError {
  return new DownloadError(
    'network',
    `The store does not respond with the file (${error.message}): try again later.`,
    { cause: error },
  );
}
