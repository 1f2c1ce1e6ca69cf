import type { PartFile } from '../disk/part-file.js';
import type { BytesVerdict } from '../answer/judge-answer.js';
import { DownloadError } from '../download-error.js';
import { createBatchWriter, type BatchWriter } from './batch-writer.js';
import { fetchPiece, type Piece } from './fetch-piece.js';
import type { FileFacts, TransferOptions } from './file-facts.js';
import type { Interval } from './intervals.js';
import { parallelOf, toSegments } from './segments.js';
import { runTogether } from './run-together.js';
import { StartOverError, unfitStoreError } from './try-until-done.js';

export interface FileTransferOptions extends TransferOptions {
  readonly part: PartFile;
  /** Brings to the disk which bytes are there. */
  readonly save: () => Promise<void>;
  /** Ranges at a time, as the person wished. */
  readonly parallel: number | null;
  /** Called with the ranges at a time once size and version are known, while bytes come. @throws DownloadError */
  readonly onOpened: (parallel: number) => Promise<void>;
}

/** What is asked for first where nobody knows the size. */
const FIRST_RANGE = 8 * 1024 * 1024;

/**
 * Brings all bytes of a file into its part: the ranges that are missing, several at a time, or one stream
 * from the first byte where the store knows no ranges.
 * @throws DownloadError, or the reason of the signal
 */
export async function transferToFile(options: FileTransferOptions): Promise<void> {
  try {
    await fetchRanges(options);
  } catch (error) {
    if (!(error instanceof StartOverError)) throw error;
    await startOver(options, `${error.message}: the file is read in one stream`);
    await fetchWhole(options);
  }
}

async function fetchRanges(options: FileTransferOptions): Promise<void> {
  const { file, part, parallel } = options;
  const [first] = plan(options);
  if (first === undefined) return;
  const queue: Interval[] = [];
  await runTogether(options.signal, async (signal, start) => {
    const stoppable = { ...options, signal };
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await fetchRange(stoppable, next);
      }
    };
    const isWhole = await new Promise<boolean>((resolve, reject) => {
      const opening = fetchRange(stoppable, first, (whole) => {
        if (!whole) queue.push(...plan(options, first));
        resolve(whole);
      });
      start(opening.then(work));
      // Where it ends without having been opened, there is nothing to wait for.
      opening.then(() => resolve(true), reject);
    });
    const count = isWhole ? 1 : parallelOf(parallel, file.sizeBytes);
    await options.onOpened(count);
    for (let i = 1; i < count; i += 1) start(work());
  });
  requireWhole(file, part);
}

/** The ranges to ask for, in order. @param underWay what has been asked for already */
function plan({ part, file, parallel }: FileTransferOptions, underWay?: Interval): Interval[] {
  const size = file.sizeBytes;
  if (size === null) return [{ start: 0, end: FIRST_RANGE }];
  const covered = part.written.with(underWay);
  return toSegments(covered.missing(size), size, parallelOf(parallel, size));
}

async function fetchRange(
  options: FileTransferOptions,
  range: Interval,
  onOpened?: (whole: boolean) => void,
): Promise<void> {
  const { part, file } = options;
  const piece: Piece = { position: range.start, end: range.end, ranged: true };
  const writer = writerAt(options, range.start);
  let open = onOpened;
  const accept = ({ whole, until }: BytesVerdict): void => {
    const size = file.sizeBytes;
    // Only before others have begun may one answer be all of it.
    const isFresh = open !== undefined && piece.position === 0 && part.written.total === 0;
    if (whole && !isFresh) {
      throw new StartOverError('the store sends the whole file instead of a part');
    }
    if (!whole && size === null) throw new StartOverError('the store does not report the size');
    const isAll = whole || (isFresh && until === size && (piece.end ?? 0) >= (until ?? Infinity));
    if (!isAll && !file.canBeJoined) {
      throw new StartOverError('the store does not identify versions of the file');
    }
    if (whole) piece.end = null;
    open?.(whole);
    open = undefined;
  };
  try {
    await fetchPiece(options, piece, { accept, push: writer.push });
  } finally {
    await writer.finish();
  }
}

/** In one stream, from the first byte after each break. */
async function fetchWhole(options: FileTransferOptions): Promise<void> {
  const { part, file } = options;
  const piece: Piece = { position: 0, end: file.sizeBytes, ranged: false };
  let writer = writerAt(options, 0);
  let isOpened = false;
  const prepare = async (): Promise<void> => {
    if (piece.position === 0) return;
    await writer.finish();
    await startOver(options, 'the line broke, and the store only sends the file from the start');
    piece.position = 0;
    writer = writerAt(options, 0);
  };
  try {
    await runTogether(options.signal, async (signal, start) => {
      await new Promise<void>((resolve, reject) => {
        const accept = (): void => {
          isOpened = true;
          resolve();
        };
        const push = (chunk: Buffer): Promise<void> | undefined => writer.push(chunk);
        const fetching = fetchPiece({ ...options, signal }, piece, { prepare, accept, push });
        start(fetching);
        fetching.then(resolve, reject);
      });
      if (isOpened) await options.onOpened(1);
    });
  } catch (error) {
    if (!(error instanceof StartOverError)) throw error;
    throw unfitStoreError(error);
  } finally {
    await writer.finish();
  }
  requireWhole(file, part);
}

async function startOver(
  { part, save, emit, name }: FileTransferOptions,
  reason: string,
): Promise<void> {
  const hadBytes = part.written.total > 0;
  await part.clear(save);
  if (hadBytes) emit({ kind: 'started-over', file: name, reason });
  else emit({ kind: 'notice', file: name, message: reason });
}

function writerAt({ part, giveBack }: FileTransferOptions, start: number): BatchWriter {
  let position = start;
  return createBatchWriter(async (chunks) => {
    const at = position;
    position += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    await part.write(chunks, at);
  }, giveBack);
}

/** The last line of defence: whatever went on before, a file with holes is not whole. */
function requireWhole({ sizeBytes }: FileFacts, { written }: PartFile): void {
  if (sizeBytes !== null && written.prefix === sizeBytes && written.total === sizeBytes) return;
  throw new DownloadError('verification', 'The file is incomplete: run the same command again.');
}
