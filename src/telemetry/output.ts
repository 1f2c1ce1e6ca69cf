import { describeError } from './redact.js';

/**
 * Where the log goes, and the audit log where it shares the stream: whole lines, in order, written by
 * this process without waiting for whoever reads them.
 */
export interface Output {
  /** Queues a line of the log. Where too much waits already, the line is dropped and counted. */
  log(line: string): void;
  /**
   * Resolves when the system has taken all of `lines`. It does not bound what waits: whoever calls does.
   * @throws Error of the system where they cannot be written
   */
  write(lines: string): Promise<void>;
  /** Lines of the log dropped so far. */
  dropped(): number;
  /** Resolves once nothing waits, at the latest after `ms` milliseconds. */
  flush(ms: number): Promise<void>;
  /** The same, holding up the process: for its last moments. */
  flushSync(ms: number): void;
}

export interface OutputOptions {
  /**
   * Writes what can be written of `bytes` from `offset` on without waiting; returns how many bytes that is.
   * @throws Error with the code EAGAIN where nobody has made room yet, another where it fails
   */
  readonly write: (bytes: Buffer, offset: number) => number;
  /** The line that tells of `count` lines dropped, and why: an error of the system, or too much waiting. */
  readonly toDroppedLine: (count: number, reason: object) => string;
  /** Bytes that may wait; lines of the log beyond are dropped. */
  readonly maxWaiting?: number;
}

/** Some 4,000 lines: what a reader may be late by. */
const MAX_WAITING = 1024 * 1024;

/** A full pipe is looked at again after the first of these milliseconds, then less and less often. */
const RETRY_MS = [5, 100] as const;

interface Chunk {
  bytes: Buffer;
  offset: number;
  /** Lines of the log in it; 0 for those somebody waits for. */
  readonly lines: number;
  readonly done?: (error?: Error) => void;
}

/** Lines of one turn of the event loop leave in one write. */
export function createOutput(options: OutputOptions): Output {
  const { write, toDroppedLine, maxWaiting = MAX_WAITING } = options;
  const queue: Chunk[] = [];
  let queuedBytes = 0;
  /** Of the log, not in the queue yet. */
  let fresh = '';
  let freshLines = 0;
  let isScheduled = false;
  let retry: NodeJS.Timeout | undefined;
  let retryMs: number = RETRY_MS[0];
  let dropped = 0;
  let untold = 0;
  let reason: object = {};
  let isFailing = false;
  let isTorn = false;
  let onEmpty: (() => void)[] = [];

  function enqueue(text: string, lines: number, done?: Chunk['done']): void {
    const bytes = Buffer.from(text);
    queuedBytes += bytes.length;
    queue.push({ bytes, offset: 0, lines, ...(done && { done }) });
  }

  function enqueueFresh(): void {
    if (fresh === '') return;
    const [text, lines] = [fresh, freshLines];
    [fresh, freshLines] = ['', 0];
    enqueue(text, lines);
  }

  function drop(lines: number, why: object): void {
    dropped += lines;
    untold += lines;
    reason = why;
  }

  /** Writes until nothing is left or nobody makes room. */
  function pump(): void {
    clearTimeout(retry);
    retry = undefined;
    enqueueFresh();
    for (let chunk = queue[0]; chunk; chunk = queue[0]) {
      try {
        if (chunk.offset === 0 && isTorn) {
          chunk.bytes = Buffer.concat([NEW_LINE, chunk.bytes]);
          queuedBytes += 1;
          isTorn = false;
        }
        writeOf(chunk);
      } catch (error) {
        if (isFull(error)) {
          retry = setTimeout(pump, retryMs).unref();
          retryMs = Math.min(retryMs * 2, RETRY_MS[1]);
          return;
        }
        fail(chunk, error as Error);
      }
      retryMs = RETRY_MS[0];
    }
    if (untold > 0 && !isFailing) {
      const count = untold;
      untold = 0;
      enqueue(toDroppedLine(count, reason), 0, (error) => {
        if (error) untold += count;
      });
      pump();
      return;
    }
    const waiting = onEmpty;
    onEmpty = [];
    for (const resolve of waiting) resolve();
  }

  function writeOf(chunk: Chunk): void {
    chunk.offset += write(chunk.bytes, chunk.offset);
    if (chunk.offset < chunk.bytes.length) return;
    queue.shift();
    queuedBytes -= chunk.bytes.length;
    isFailing = false;
    chunk.done?.();
  }

  function fail(chunk: Chunk, error: Error): void {
    queue.shift();
    queuedBytes -= chunk.bytes.length;
    isFailing = true;
    isTorn = chunk.offset > 0;
    drop(chunk.lines, { error: describeError(error) });
    chunk.done?.(error);
  }

  function endTurn(): void {
    isScheduled = false;
    // Where the reader is late, the retry takes along what has come meanwhile.
    if (retry === undefined) pump();
  }

  const isEmpty = (): boolean => queue.length === 0 && fresh === '';
  return {
    log(line) {
      if (queuedBytes + fresh.length + line.length > maxWaiting) {
        drop(1, TOO_MUCH);
        return;
      }
      fresh += line;
      freshLines += 1;
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(endTurn);
    },
    write: (lines) =>
      new Promise((resolve, reject) => {
        enqueueFresh();
        // An empty write asks whether it works again, which a failed stream shows only by a byte.
        enqueue(lines === '' && isFailing ? '\n' : lines, 0, (error) => {
          if (error) reject(error);
          else resolve();
        });
        if (retry === undefined) pump();
      }),
    dropped: () => dropped,
    flush(ms) {
      if (retry === undefined) pump();
      if (isEmpty()) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        onEmpty.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
    flushSync(ms) {
      const end = performance.now() + ms;
      pump();
      while (!isEmpty() && performance.now() < end) {
        sleepSync(RETRY_MS[0]);
        pump();
      }
    },
  };
}

const NEW_LINE = Buffer.from('\n');
const TOO_MUCH = { error: { message: 'nobody reads what is written' } };

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
