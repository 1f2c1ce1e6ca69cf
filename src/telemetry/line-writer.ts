import { hasCode } from '../domain/error-code.js';
import { describeError } from './redact.js';

/** A stream or file that lines are written to. Called with one write at a time. */
export interface LineTarget {
  /**
   * Writes as much of `bytes` from `offset` as possible; returns the number of bytes written.
   * @throws Error with code EAGAIN if there is no room now, another on failure
   */
  write(bytes: Buffer, offset: number): number | Promise<number>;
  /** Whether bytes just written are lost after all, and have to be written again. */
  isLost?(): Promise<boolean>;
  close?(): Promise<void>;
}

/** Writes complete lines in order, without waiting for their reader. */
export interface LineWriter {
  /**
   * Queues a log line, to be written within 10 ms or with the next awaited write; drops and counts
   * it if too much is pending.
   */
  log(line: string): void;
  /**
   * Resolves when the system accepted all of `lines`, after the log lines before them. Lines of one
   * event loop turn, or queued during a write, share one write and one promise. An empty text tests
   * whether writing works again.
   * @throws Error of the system if writing fails, or if too much is pending
   */
  write(lines: string): Promise<void>;
  /** The number of log lines dropped so far. */
  dropped(): number;
  /** The number of log lines that are pending, or dropped without a line that reports it. */
  unaccounted(): number;
  /** Milliseconds the system has blocked the current call; 0 if it does not. */
  heldMs(): number;
  /**
   * Resolves when nothing is pending, when the reader has taken nothing for `idleMs` milliseconds,
   * or after `maxMs`.
   */
  flush(idleMs: number, maxMs?: number): Promise<void>;
  /** The same, blocking, for the end of the process; not for targets that return promises. */
  flushSync(idleMs: number, maxMs?: number): void;
  /** Abandons what is pending, and closes the target. */
  close(): Promise<void>;
}

export interface LineWriterOptions {
  readonly target: LineTarget;
  /**
   * The line that reports `count` dropped lines and the reason: a system error or too much pending
   * output.
   */
  readonly toDroppedLine?: (count: number, reason: object) => string;
  /** Called when lines begin to be dropped; again only after a line has reported them. */
  readonly onDropping?: ((reason: object) => void) | undefined;
  /** Maximum pending characters; log lines beyond it are dropped, awaited ones rejected. */
  readonly maxWaiting?: number;
}

/** About 50,000 lines for a slow reader. */
const MAX_WAITING = 16 * 1024 * 1024;
/** Milliseconds during which log lines are collected: what SIGKILL or a crash of Node.js can lose. */
const WINDOW_MS = 10;
/** Retry interval of a full pipe in milliseconds: initial and maximum. */
const RETRY_MS = [5, 100] as const;

/** Lines collected for one write. */
interface Batch {
  text: string;
  /** Log lines among them. */
  lines: number;
  /** Dropped log lines that it reports. */
  reported: number;
  /** Set if someone waits for it. */
  awaited?: { readonly promise: Promise<void>; readonly settle: (error?: Error) => void };
}

/** A batch being written. */
interface Current extends Batch {
  readonly bytes: Buffer;
  offset: number;
}

const emptyBatch = (): Batch => ({ text: '', lines: 0, reported: 0 });

export function createLineWriter(options: LineWriterOptions): LineWriter {
  const { target, toDroppedLine = () => '', onDropping, maxWaiting = MAX_WAITING } = options;
  let next = emptyBatch();
  let current: Current | null = null;
  /** What starts the next write: the end of a window or turn, or a retry. */
  let window: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let retry: NodeJS.Timeout | undefined;
  let retryMs: number = RETRY_MS[0];
  let calledAt: number | null = null;
  let accepted = 0;
  let dropped = 0;
  let unreported = 0;
  let reason: object = {};
  let isDropping = false;
  let isFailing = false;
  /** Whether the last line written may lack its end. */
  let endsMidLine = false;
  let isClosed = false;
  let onEmpty: (() => void)[] = [];

  const isIdle = (): boolean => current === null && next.text === '' && next.awaited === undefined;
  const pending = (): number => next.text.length + (current?.text.length ?? 0);

  function take(): Current {
    const batch = next;
    next = emptyBatch();
    // A partial line of a failed write must not merge with the next one; and a failed stream shows
    // its recovery only with a byte.
    const start = endsMidLine || (batch.text === '' && isFailing) ? '\n' : '';
    return { ...batch, bytes: Buffer.from(start + batch.text), offset: 0 };
  }

  /** Writes until nothing is pending, there is no room, or the target takes its time. */
  function pump(): void {
    clearTimeout(window);
    clearTimeout(retry);
    clearImmediate(turn);
    [window, retry, turn] = [undefined, undefined, undefined];
    if (calledAt !== null || isClosed) return;
    while (!isIdle()) {
      current ??= take();
      try {
        const written = target.write(current.bytes, current.offset);
        if (typeof written !== 'number') {
          void follow(current, written);
          return;
        }
        advance(current, written);
      } catch (error) {
        if (!isRetried(error)) fail(current, error as Error);
        else return;
      }
      if (isIdle()) reportDropped();
    }
    const waiting = onEmpty;
    onEmpty = [];
    for (const resolve of waiting) resolve();
  }

  async function follow(batch: Current, written: Promise<number>): Promise<void> {
    calledAt = performance.now();
    try {
      const count = await written;
      const isWhole = batch.offset + count >= batch.bytes.length;
      if (isWhole && (await target.isLost?.())) batch.offset = 0;
      else advance(batch, count);
      calledAt = null;
    } catch (error) {
      calledAt = null;
      if (isRetried(error)) return;
      fail(batch, error as Error);
    }
    if (isIdle()) reportDropped();
    pump();
  }

  function isRetried(error: unknown): boolean {
    if (!hasCode(error, 'EAGAIN') || isClosed) return false;
    retry = setTimeout(pump, retryMs).unref();
    retryMs = Math.min(retryMs * 2, RETRY_MS[1]);
    return true;
  }

  function advance(batch: Current, count: number): void {
    batch.offset += count;
    accepted += count;
    retryMs = RETRY_MS[0];
    if (batch.offset < batch.bytes.length) return;
    current = null;
    isFailing = false;
    endsMidLine = false;
    unreported -= batch.reported;
    isDropping &&= unreported > 0;
    batch.awaited?.settle();
  }

  function fail({ bytes, offset, lines, awaited }: Current, error: Error): void {
    current = null;
    isFailing = true;
    const written = bytes.subarray(0, offset);
    if (offset > 0) endsMidLine = written.at(-1) !== NEW_LINE;
    drop(Math.max(0, lines - linesIn(written)), { error: describeError(error) });
    awaited?.settle(error);
  }

  function drop(lines: number, why: object): void {
    dropped += lines;
    unreported += lines;
    reason = why;
    if (isDropping || lines === 0) return;
    isDropping = true;
    onDropping?.(why);
  }

  /** Queues the line that reports dropped ones; if it fails, it is queued again with the next. */
  function reportDropped(): void {
    if (unreported === 0 || isFailing) return;
    next.text += toDroppedLine(unreported, reason);
    next.reported = unreported;
  }

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
      if (pending() + line.length > maxWaiting) {
        drop(1, TOO_MUCH);
        return;
      }
      next.text += line;
      next.lines += 1;
      if (retry === undefined) window ??= setTimeout(pump, WINDOW_MS).unref();
    },
    write(lines) {
      if (pending() + lines.length > maxWaiting) return Promise.reject(new Error(TOO_MUCH_PENDING));
      next.text += lines;
      if (retry === undefined) turn ??= setImmediate(pump);
      next.awaited ??= withResolvers();
      return next.awaited.promise;
    },
    dropped: () => dropped,
    unaccounted: () => unreported + next.lines + (current?.lines ?? 0),
    heldMs: () => (calledAt === null ? 0 : performance.now() - calledAt),
    async flush(idleMs, maxMs = idleMs) {
      const end = performance.now() + maxMs;
      if (retry === undefined) pump();
      for (let before = -1; !isIdle() && before !== accepted && performance.now() < end;) {
        before = accepted;
        await emptied(Math.min(idleMs, end - performance.now()));
      }
    },
    flushSync(idleMs, maxMs = idleMs) {
      const end = performance.now() + maxMs;
      let idleEnd = performance.now() + idleMs;
      pump();
      while (!isIdle() && performance.now() < Math.min(end, idleEnd)) {
        const before = accepted;
        sleepSync(RETRY_MS[0]);
        pump();
        if (accepted > before) idleEnd = performance.now() + idleMs;
      }
    },
    async close() {
      isClosed = true;
      clearTimeout(retry);
      current?.awaited?.settle(new Error('closed'));
      next.awaited?.settle(new Error('closed'));
      await target.close?.();
    },
  };
}

const NEW_LINE = 0x0a;
const TOO_MUCH = { error: { message: 'the log is written faster than it is read' } };
const TOO_MUCH_PENDING = 'too much is pending';

function withResolvers(): NonNullable<Batch['awaited']> {
  let settle: (error?: Error) => void = () => undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = (error) => {
      if (error) reject(error);
      else resolve();
    };
  });
  return { promise, settle };
}

function linesIn(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === NEW_LINE) count += 1;
  return count;
}

function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
