import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { hasCode } from '../../domain/error-code.js';
import { orAborted } from '../../domain/stop-signal.js';
import { CliError, EXIT, ReaderGoneError } from '../cli-error.js';
import { lengthOf, writeAll } from './batch-writer.js';
import type { FileSummary } from './events.js';
import { toTargetError } from './failures.js';
import { fetchFile } from './fetch.js';
import { HashedSink, type Sink } from './hashed-sink.js';
import { Intervals } from './intervals.js';
import { lock } from './lock.js';
import { Part, takenError } from './part.js';
import { ask } from './response.js';
import type { Source } from './source.js';
import { removeLeftovers } from './state.js';
import type { Beside } from './target.js';
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
 * @throws CliError, or the reason of the signal; what arrived by then is kept for the next run
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
    const part = await Part.open(source, beside, fresh, say);
    try {
      const signal = AbortSignal.any([run.signal, lost]);
      const summary = await bring(source, part, path, parallel, signal);
      await part.nameIt(path, fresh);
      return summary;
    } catch (error) {
      // Another run has taken over the part and its state.
      if (!lost.aborted) await part.saveWhatIsThere(error);
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
 * @throws CliError, ReaderGoneError or the reason of the signal
 */
export async function downloadToStream(source: Source, path: string | null): Promise<FileSummary> {
  const { signal, writeOut } = source.run;
  const shown = path ?? 'standard output';
  const fail = (error: unknown): never => {
    // A pipe without a reader reports nothing else.
    const isGone = hasCode(error, 'EPIPE', 'EOF', 'ECONNRESET', 'ERR_STREAM_DESTROYED');
    throw isGone ? new ReaderGoneError(EXIT.readerGone) : toTargetError(error, shown);
  };
  // A pipe waits for its reader; it is not made, nor cut to nothing.
  const handle = path === null ? null : await open(path, 'r+').catch(fail);
  const written = new Intervals();
  const nothing = (): Promise<void> => Promise.resolve();
  const sink: Sink = {
    path: shown,
    written,
    write: async (chunks, position) => {
      // Nothing may follow once the caller knows that it stopped. The reader of a pipe may never go on.
      signal.throwIfAborted();
      const writing = handle === null ? writeOut(chunks) : writeAll(handle.fd, chunks, null);
      await orAborted(writing.catch(fail), signal);
      written.add({ start: position, end: position + lengthOf(chunks) });
    },
    read: () => Promise.resolve(0),
    clear: null,
    checkRoom: nothing,
    save: nothing,
    flush: nothing,
    reject: () => Promise.resolve('do not use what was written'),
  };
  try {
    return await bring(source, sink, path, 1, signal);
  } finally {
    await handle?.close();
  }
}

/** Brings all bytes into a sink, and checks them, while it tells how far it is and saves what came. */
async function bring(
  source: Source,
  sink: Sink,
  path: string | null,
  parallel: number,
  outer: AbortSignal,
): Promise<FileSummary> {
  const { run, name: file } = source;
  const { clock, emit } = run;
  const resumedBytes = sink.written.total;
  // What an earlier run left is read again only if there is something to compare it with.
  const hashed = new HashedSink(sink, source.sha256 !== null || resumedBytes === 0);
  const startedAt = clock.awake();
  const tick = (): void => {
    const { sizeBytes, lineBytes: runBytes } = source;
    emit({ kind: 'progress', file, bytes: sink.written.total, sizeBytes, runBytes });
  };
  const onOpened = async (count: number): Promise<void> => {
    await sink.checkRoom();
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
      throw new CliError(
        EXIT.verification,
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
