import { hasCode } from '../domain/error-code.js';
import { describeError } from './redact.js';

/**
 * The output of the log, and of the audit log if it shares the stream: complete lines in order,
 * written without waiting for the reader.
 */
export interface Output {
  /**
   * Queues a log line, to be written within 10 ms or with the next awaited write; drops and counts
   * it if too much is pending.
   */
  log(line: string): void;
  /**
   * Resolves when the system accepted all of `lines`, after the log lines before them. Callers must
   * bound pending writes.
   * @throws Error of the system if writing fails
   */
  write(lines: string): Promise<void>;
  /** The number of log lines dropped so far. */
  dropped(): number;
  /** The number of log lines that are pending, or dropped without a line that reports it. */
  unaccounted(): number;
  /**
   * Resolves when nothing is pending, when the reader has taken nothing for `idleMs` milliseconds,
   * or after `maxMs`.
   */
  flush(idleMs: number, maxMs?: number): Promise<void>;
  /** The same, blocking; for the end of the process. */
  flushSync(idleMs: number, maxMs?: number): void;
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
  /** Called when lines begin to be dropped; again only after a line has reported them. */
  readonly onDropping?: ((reason: object) => void) | undefined;
  /** Maximum pending bytes; further log lines are dropped. */
  readonly maxWaiting?: number;
}

/** About 50,000 lines for a slow reader. */
const MAX_WAITING = 16 * 1024 * 1024;

/** Milliseconds during which log lines are collected: what SIGKILL or a crash of Node.js can lose. */
const WINDOW_MS = 10;

/** Retry interval of a full pipe in milliseconds: initial and maximum. */
const RETRY_MS = [5, 100] as const;

interface Chunk {
  readonly bytes: Buffer;
  offset: number;
  /** Log lines at its start. */
  readonly lines: number;
  readonly done: ((error?: Error) => void) | undefined;
}

/** Log lines of a few milliseconds share one write, among them or with an awaited one. */
export function createOutput(options: OutputOptions): Output {
  const { write, toDroppedLine, onDropping, maxWaiting = MAX_WAITING } = options;
  const queue: Chunk[] = [];
  let queuedBytes = 0;
  let queuedLines = 0;
  /** Log lines not yet queued. */
  let fresh = '';
  let freshBytes = 0;
  let freshLines = 0;
  let isScheduled = false;
  let retry: NodeJS.Timeout | undefined;
  let retryMs: number = RETRY_MS[0];
  /** Bytes accepted so far. */
  let accepted = 0;
  let dropped = 0;
  let untold = 0;
  let reason: object = {};
  let isDropping = false;
  let isFailing = false;
  let isTorn = false;
  let onEmpty: (() => void)[] = [];

  /** Queues `text` behind the log lines not yet queued. */
  function enqueue(text: string, done?: Chunk['done']): void {
    const bytes = Buffer.from(fresh + text);
    const lines = freshLines;
    [fresh, freshBytes, freshLines] = ['', 0, 0];
    queuedBytes += bytes.length;
    queuedLines += lines;
    queue.push({ bytes, offset: 0, lines, done });
  }

  function dequeue(): void {
    const chunk = queue.shift();
    queuedBytes -= chunk?.bytes.length ?? 0;
    queuedLines -= chunk?.lines ?? 0;
  }

  function drop(lines: number, why: object): void {
    dropped += lines;
    untold += lines;
    reason = why;
    if (isDropping || lines === 0) return;
    isDropping = true;
    onDropping?.(why);
  }

  /** Writes until nothing is pending or there is no room. */
  function pump(): void {
    clearTimeout(retry);
    retry = undefined;
    if (fresh !== '') enqueue('');
    for (let chunk = queue[0]; chunk; chunk = queue[0]) {
      try {
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
      tellDropped(untold);
      pump();
      return;
    }
    const waiting = onEmpty;
    onEmpty = [];
    for (const resolve of waiting) resolve();
  }

  function tellDropped(count: number): void {
    enqueue(toDroppedLine(count, reason), (error) => {
      if (error) return;
      untold -= count;
      isDropping = untold > 0;
    });
  }

  function writeOf(chunk: Chunk): void {
    // A partial line from a failed write must not merge with the next one.
    if (isTorn && write(NEW_LINE, 0) > 0) isTorn = false;
    const count = write(chunk.bytes, chunk.offset);
    chunk.offset += count;
    accepted += count;
    if (chunk.offset < chunk.bytes.length) return;
    dequeue();
    isFailing = false;
    chunk.done?.();
  }

  function fail(chunk: Chunk, error: Error): void {
    dequeue();
    isFailing = true;
    const written = chunk.bytes.subarray(0, chunk.offset);
    isTorn ||= written.length > 0 && written.at(-1) !== NEW_LINE[0];
    drop(Math.max(0, chunk.lines - linesIn(written)), { error: describeError(error) });
    chunk.done?.(error);
  }

  function endWindow(): void {
    isScheduled = false;
    // With a slow reader, the retry includes later lines.
    if (retry === undefined) pump();
  }

  const isEmpty = (): boolean => queue.length === 0 && fresh === '';

  function emptied(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      onEmpty.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  return {
    log(line) {
      const size = Buffer.byteLength(line);
      if (queuedBytes + freshBytes + size > maxWaiting) {
        drop(1, TOO_MUCH);
        return;
      }
      fresh += line;
      freshBytes += size;
      freshLines += 1;
      if (isScheduled) return;
      isScheduled = true;
      setTimeout(endWindow, WINDOW_MS).unref();
    },
    write: (lines) =>
      new Promise((resolve, reject) => {
        // An empty write tests for recovery, which a failed stream reveals only with a byte.
        enqueue(lines === '' && isFailing ? '\n' : lines, (error) => {
          if (error) reject(error);
          else resolve();
        });
        if (retry === undefined) pump();
      }),
    dropped: () => dropped,
    unaccounted: () => untold + queuedLines + freshLines,
    async flush(idleMs, maxMs = idleMs) {
      const end = performance.now() + maxMs;
      if (retry === undefined) pump();
      for (let before = -1; !isEmpty() && before !== accepted && performance.now() < end;) {
        before = accepted;
        await emptied(Math.min(idleMs, end - performance.now()));
      }
    },
    flushSync(idleMs, maxMs = idleMs) {
      const end = performance.now() + maxMs;
      let idleEnd = performance.now() + idleMs;
      pump();
      while (!isEmpty() && performance.now() < Math.min(end, idleEnd)) {
        const before = accepted;
        sleepSync(RETRY_MS[0]);
        pump();
        if (accepted > before) idleEnd = performance.now() + idleMs;
      }
    },
  };
}

const NEW_LINE = Buffer.from('\n');
const TOO_MUCH = { error: { message: 'the log is written faster than it is read' } };

function linesIn(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === NEW_LINE[0]) count += 1;
  return count;
}

function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
