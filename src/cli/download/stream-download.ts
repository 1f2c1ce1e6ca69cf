import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { hasCode } from '../../domain/error-code.js';
import { toTargetError } from './disk/target-error.js';
import { writeAll } from './disk/write-all.js';
import { DownloadError } from './download-error.js';
import type { FileSummary } from './events.js';
import { withTicks } from './progress-ticks.js';
import type { BytesAnswer } from './transfer/answer.js';
import { createBatchWriter } from './transfer/batch-writer.js';
import { NoRangesError } from './transfer/broken-line.js';
import {
  confirmVersion,
  MOST_STREAMS,
  streamsError,
  unfitStoreError,
} from './transfer/fetch-file.js';
import { fetchPiece, type Piece } from './transfer/fetch-piece.js';
import { changedError } from './transfer/links.js';
import type { Source } from './transfer/source.js';

/** Where bytes go in order. */
interface Stream {
  readonly write: (chunks: readonly Buffer[]) => Promise<void>;
  /** Device or pipe; null for standard output. */
  readonly path: string | null;
}

/**
 * Writes one file in order to standard output, a pipe or a device. What a reader was given cannot be taken back: only
 * the failure tells it that the check failed.
 * @throws DownloadError, also 'reader-gone', or the reason of the signal
 */
export async function downloadToStream(
  source: Source,
  path: string | null,
  writeOut: Stream['write'],
  signal: AbortSignal,
): Promise<FileSummary> {
  if (path === null) return streamTo({ write: writeOut, path }, source, signal);
  // A pipe waits for its reader; it is not made, nor cut to nothing.
  const handle = await open(path, 'r+').catch((error: unknown) => {
    throw toTargetError(error, path);
  });
  try {
    const write = (chunks: readonly Buffer[]): Promise<void> => writeAll(handle.fd, chunks, null);
    return await streamTo({ write, path }, source, signal);
  } finally {
    await handle.close();
  }
}

async function streamTo(stream: Stream, source: Source, signal: AbortSignal): Promise<FileSummary> {
  const { clock, emit, name: file } = source.options;
  const startedAt = clock.awake();
  let bytes = 0;
  const tick = (): void => {
    const { sizeBytes, lineBytes: runBytes } = source;
    emit({ kind: 'progress', file, bytes, sizeBytes, runBytes });
  };
  const sha256 = await withTicks(clock, tick, () =>
    transfer(source, stream, signal, (written) => {
      bytes = written;
    }),
  );
  if (source.sha256 === null) await confirmVersion(source, signal);
  else if (source.sha256 !== sha256) {
    throw new DownloadError(
      'verification',
      `The SHA-256 is ${sha256}, not ${source.sha256} as the service says: do not use what was written.`,
    );
  }
  return {
    file,
    path: stream.path,
    outcome: 'downloaded',
    sizeBytes: bytes,
    runBytes: source.lineBytes,
    ms: clock.awake() - startedAt,
    sha256,
    verified: source.sha256 !== null,
  };
}

/**
 * After a break it continues where it was; from a store without ranges the file is read from its beginning, and what
 * was written already is compared with what comes.
 * @returns the SHA-256 of what was written, in hex
 */
async function transfer(
  source: Source,
  { write, path }: Stream,
  signal: AbortSignal,
  onWritten: (bytes: number) => void,
): Promise<string> {
  const { emit, giveBack, name: file } = source.options;
  const hash = createHash('sha256');
  let written = 0;
  let isOpened = false;
  const writer = createBatchWriter(async (chunks) => {
    // Nothing may follow once the caller knows that it stopped.
    signal.throwIfAborted();
    await write(chunks).catch((error: unknown) => {
      throw toStreamError(error, path ?? 'standard output');
    });
    written += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    onWritten(written);
  }, giveBack);
  const push = (chunk: Buffer): Promise<void> | undefined => {
    hash.update(chunk);
    return writer.push(chunk);
  };
  const open = (): void => {
    if (isOpened) return;
    isOpened = true;
    const { sizeBytes } = source;
    emit({ kind: 'file-started', file, path, sizeBytes, resumedBytes: 0, parallel: 1 });
  };
  const ranges: Piece = { position: 0, end: source.sizeBytes, ranged: true };
  const accept = ({ whole }: BytesAnswer): void => {
    if (ranges.position > 0 && (whole || !source.canBeJoined)) {
      throw new NoRangesError('the store only sends the file from the start');
    }
    open();
  };
  try {
    await fetchPiece(source, ranges, { accept, push }, signal);
  } catch (error) {
    if (!(error instanceof NoRangesError)) throw error;
    emit({ kind: 'notice', file, message: `${error.message}: skipping what was written` });
    await fetchFromBeginning(ranges.position);
  }
  await orAborted(writer.finish(), signal);
  return hash.digest('hex');

  async function fetchFromBeginning(position: number): Promise<void> {
    const rest: Piece = { position, end: source.sizeBytes, ranged: false };
    let skipped = createHash('sha256');
    let toSkip = 0;
    let streams = 0;
    const onSkipped = (chunk: Buffer): void => {
      skipped.update(chunk);
      toSkip -= chunk.length;
      if (toSkip > 0 || skipped.digest('hex') === hash.copy().digest('hex')) return;
      throw changedError('its beginning differs from what was written');
    };
    const restart = (): void => {
      streams += 1;
      if (streams > MOST_STREAMS) throw streamsError();
      skipped = createHash('sha256');
      toSkip = rest.position;
      open();
    };
    try {
      await fetchPiece(source, rest, { accept: restart, push, onSkipped }, signal);
    } catch (error) {
      throw error instanceof NoRangesError ? unfitStoreError(error) : error;
    }
  }
}

/** The reader of a pipe may never go on. @throws the reason of the signal */
async function orAborted(act: Promise<void>, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const aborted = once(signal, 'abort', { signal: done.signal });
  await Promise.race([act, aborted]).finally(() => {
    aborted.catch(() => undefined);
    done.abort();
  });
  signal.throwIfAborted();
}

/** A pipe without a reader reports nothing else. */
function toStreamError(error: unknown, name: string): DownloadError {
  if (!hasCode(error, 'EPIPE', 'EOF', 'ECONNRESET', 'ERR_STREAM_DESTROYED'))
    return toTargetError(error, name);
  return new DownloadError('reader-gone', 'The reader of standard output has closed it.', {
    cause: error,
  });
}
