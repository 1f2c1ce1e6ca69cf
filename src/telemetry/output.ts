import { hasCode } from '../domain/error-code.js';
import { describeError } from './redact.js';

/**
 * The output of the log, and of the audit log if it shares the stream: complete lines in order,
 * written without waiting for the reader.
 */
export interface Output {
  /** Queues a log line; drops and counts it if too much is pending. */
  log(line: string): void;
  /**
   * Resolves when the system accepted all of `lines`. Callers must bound pending writes.
   * @throws Error of the system if writing fails
   */
  write(lines: string): Promise<void>;
  /** The number of log lines dropped so far. */
  dropped(): number;
  /** Resolves when nothing is pending, or after `ms` milliseconds. */
  flush(ms: number): Promise<void>;
  /** The same, blocking; for the end of the process. */
  flushSync(ms: number): void;
}

export interface OutputOptions {
  /**
   * Writes as much of `bytes` from `offset` as possible without blocking; returns the number of
   * bytes written.
   * @throws Error with code EAGAIN if there is no room, another on failure
   */
  readonly write: (bytes: Buffer, offset: number) => number;
  /**
   * The line that reports `count` dropped lines and the reason: a system error or too much pending
   * output.
   */
  readonly toDroppedLine: (count: number, reason: object) => string;
  /** Maximum pending bytes; further log lines are dropped. */
  readonly maxWaiting?: number;
}

/** About 4,000 lines for a slow reader. */
const MAX_WAITING = 1024 * 1024;

/** Retry interval of a full pipe in milliseconds: initial and maximum. */
const RETRY_MS = [5, 100] as const;

interface Chunk {
  bytes: Buffer;
  offset: number;
  /** Log lines in it; 0 for awaited writes. */
  readonly lines: number;
  readonly done?: (error?: Error) => void;
}

/** Log lines of one event loop turn share one write. */
export function createOutput(options: OutputOptions): Output {
  const { write, toDroppedLine, maxWaiting = MAX_WAITING } = options;
  const queue: Chunk[] = [];
  let queuedBytes = 0;
  /** Log lines not yet queued. */
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

  /** Writes until nothing is pending or there is no room. */
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
        if (hasCode(error, 'EAGAIN')) {
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
    // With a slow reader, the retry includes later lines.
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
        // An empty write tests for recovery, which a failed stream reveals only with a byte.
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
const TOO_MUCH = { error: { message: 'the log is written faster than it is read' } };

function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
