import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { hasCode } from '../../domain/error-code.js';
import { orAborted } from '../../domain/stop-signal.js';
import { writeAll } from './batch-writer.js';
import type { FileSummary } from './events.js';
import { DownloadError, toTargetError } from './failures.js';
import { fetchFile } from './fetch.js';
import { HashedSink, type Sink } from './hashed-sink.js';
import { Intervals } from './intervals.js';
import { lock } from './lock.js';
import { Part, takenError } from './part.js';
import { ask } from './response.js';
import type { Source } from './source.js';
import { removeLeftovers, resume } from './state.js';
import { requireRoom, type Beside } from './target.js';
import { repeat, together } from './tasks.js';

const TICK_MS = 500;
/** What is lost of a transfer that is killed. */
const SAVE_MS = 2000;
const MIB = 2 ** 20;

/** One file on its way to a name on the disk. */
export interface FileJob {
  readonly path: string;
  readonly beside: Beside;
  /** Connections that may be used. */
  readonly parallel: number;
}

/**
 * Downloads one file beside its name, checks it, and gives it the name.
 * @throws DownloadError, or the reason of the signal; what arrived by then is kept for the next run
 */
export async function downloadToFile(source: Source, job: FileJob): Promise<FileSummary> {
  const { path, beside, parallel } = job;
  const { run, name: file } = source;
  const say = (message: string): void => run.emit({ kind: 'notice', file, message });
  const existing = await lookAtExisting(source, path);
  if (existing === 'other' && !run.overwrite) throw takenError(path);
  if (typeof existing === 'object') {
    await removeLeftovers(source, path, beside).catch(() => undefined);
    return existing;
  }
  const { fresh, lost, release } = await lock(beside.lock, run, say);
  try {
    const written = await resume(source, beside, fresh, say);
    const checkRoom = (): Promise<void> => requireRoom([{ sizeBytes: source.sizeBytes, beside }]);
    await checkRoom();
    // What an earlier run left is read again only if there is something to compare it with.
    const isHashed = source.sha256 !== null || written.total === 0;
    const part = await Part.open(source, beside, written, fresh, say);
    try {
      const bringing = { path, parallel, checkRoom, isHashed };
      const summary = await bring(source, part, bringing, AbortSignal.any([run.signal, lost]));
      await part.nameIt(path, fresh);
      return summary;
    } catch (error) {
      await part.saveWhatIsThere(error);
      throw error;
    } finally {
      await part.close();
    }
  } finally {
    await release();
  }
}

/**
 * Writes one file in order to standard output, a pipe or a device. What a reader was given cannot be taken back: only
 * the failure tells it that the check failed.
 * @param path null for standard output
 * @throws DownloadError, also 'reader-gone', or the reason of the signal
 */
export async function downloadToStream(source: Source, path: string | null): Promise<FileSummary> {
  const { signal, writeOut } = source.run;
  // A pipe waits for its reader; it is not made, nor cut to nothing.
  const handle = path === null ? null : await open(path, 'r+').catch(fail);
  const written = new Intervals();
  const sink: Stored = {
    path: path ?? 'standard output',
    written,
    write: async (chunks, position) => {
      // Nothing may follow once the caller knows that it stopped. The reader of a pipe may never go on.
      signal.throwIfAborted();
      const writing = handle === null ? writeOut(chunks) : writeAll(handle.fd, chunks, null);
      await orAborted(writing.catch(fail), signal);
      const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      written.add({ start: position, end: position + length });
    },
    read: () => Promise.resolve(0),
    clear: null,
    save: () => Promise.resolve(),
    flush: () => Promise.resolve(),
    reject: () => Promise.resolve('do not use what was written'),
  };
  try {
    const checkRoom = (): Promise<void> => Promise.resolve();
    return await bring(source, sink, { path, parallel: 1, checkRoom, isHashed: true }, signal);
  } finally {
    await handle?.close();
  }

  function fail(error: unknown): never {
    // A pipe without a reader reports nothing else.
    if (!hasCode(error, 'EPIPE', 'EOF', 'ECONNRESET', 'ERR_STREAM_DESTROYED')) {
      throw toTargetError(error, sink.path);
    }
    const what = 'The reader of standard output has closed it.';
    throw new DownloadError('reader-gone', what, { cause: error });
  }
}

/** A sink that knows how to keep its bytes. */
interface Stored extends Sink {
  readonly save: () => Promise<void>;
  flush(): Promise<void>;
  /** Keeps bytes that failed the check from being used. @returns what to say of them */
  reject(): Promise<string>;
}

interface Bringing {
  /** For events. */
  readonly path: string | null;
  readonly parallel: number;
  readonly isHashed: boolean;
  /** Called once the size is known. */
  readonly checkRoom: () => Promise<void>;
}

/** Brings all bytes into a sink, and checks them, while it tells how far it is and saves what came. */
async function bring(
  source: Source,
  sink: Stored,
  { path, parallel, isHashed, checkRoom }: Bringing,
  outer: AbortSignal,
): Promise<FileSummary> {
  const { run, name: file } = source;
  const { clock, emit } = run;
  const hashed = new HashedSink(sink, isHashed);
  const resumedBytes = sink.written.total;
  const startedAt = clock.awake();
  const tick = (): void => {
    const { sizeBytes, lineBytes: runBytes } = source;
    emit({ kind: 'progress', file, bytes: sink.written.total, sizeBytes, runBytes });
  };
  const onOpened = async (count: number): Promise<void> => {
    await checkRoom();
    const { sizeBytes } = source;
    emit({ kind: 'file-started', file, path, sizeBytes, resumedBytes, parallel: count });
  };
  try {
    await together(outer, async (signal, start) => {
      const ended = new AbortController();
      const until = AbortSignal.any([signal, ended.signal]);
      start(() => repeat(clock, TICK_MS, tick, until));
      // A state that cannot be written stops the transfer.
      start(() => repeat(clock, SAVE_MS, sink.save, until));
      await fetchFile(source, hashed, { parallel, onOpened }, signal).finally(() => {
        ended.abort();
      });
    }).finally(tick);
    await sink.flush();
    const ms = clock.awake() - startedAt;
    const sizeBytes = sink.written.total;
    const onBytes = (bytes: number): void => {
      emit({ kind: 'checking', file, bytes, sizeBytes });
    };
    const sha256 = await hashed.digest(onBytes, outer);
    const verified = source.sha256 !== null;
    if (verified && sha256 !== source.sha256) {
      throw new DownloadError(
        'verification',
        `The SHA-256 is ${sha256 ?? ''}, not ${source.sha256 ?? ''} as the service says: ${await sink.reject()}.`,
      );
    }
    const runBytes = source.lineBytes;
    return { file, path, outcome: 'downloaded', sizeBytes, runBytes, ms, sha256, verified };
  } finally {
    await hashed.stop();
  }
}

/**
 * Compares what has the name already with the file: by size and SHA-256 where the service knows it, else by size and
 * modification time, which a complete file has from the store.
 */
async function lookAtExisting(
  source: Source,
  path: string,
): Promise<FileSummary | 'none' | 'other'> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return 'none';
  const { size: sizeBytes, mtimeMs } = stats;
  if (!stats.isFile() || sizeBytes !== (source.sizeBytes ?? sizeBytes)) return 'other';
  const { name: file, sha256 } = source;
  const isSame =
    sha256 === null
      ? await isOfStore(source, sizeBytes, mtimeMs)
      : sha256 === (await sha256Of(path, sizeBytes, source));
  if (!isSame) return 'other';
  const verified = sha256 !== null;
  return { file, path, outcome: 'already-there', sizeBytes, runBytes: 0, ms: 0, sha256, verified };
}

async function sha256Of(path: string, sizeBytes: number, { run, name: file }: Source) {
  const hash = createHash('sha256');
  let bytes = 0;
  const pieces = createReadStream(path, { highWaterMark: MIB, signal: run.signal });
  for await (const piece of pieces as AsyncIterable<Buffer>) {
    hash.update(piece);
    bytes += piece.length;
    run.emit({ kind: 'checking', file, bytes, sizeBytes });
  }
  return hash.digest('hex');
}

/** Asks for one byte, which a link for GET allows where it refuses HEAD. False where that fails. */
async function isOfStore(source: Source, size: number, mtimeMs: number): Promise<boolean> {
  const { signal } = source.run;
  try {
    const { url } = await source.link(null, signal);
    const { body } = await ask(source, url, { start: 0, end: 1, isRanged: true }, signal);
    body.destroy();
    const { sizeBytes, lastModified } = source.version;
    const second = Date.parse(lastModified ?? '') / 1000;
    return sizeBytes === size && second === Math.floor(mtimeMs / 1000);
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
