import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AuditEvent, toAuditLine } from './audit-record.js';
import type { AuditSink } from './audit-sink.js';
import type { Logger } from './logger.js';
import { describeError } from './redact.js';

/** Records who got which link, separate from the log, each written before its link is returned. */
export interface AuditLog {
  /**
   * Resolves when the record is written.
   * @throws AuditError if writing fails or times out, or too many records are pending: the link
   *   must not be returned
   */
  record(event: AuditEvent): Promise<void>;
  /**
   * False while records cannot be written. Calling it retries the sink, so that it recovers without
   * another record.
   */
  isWritable(): boolean;
  /** Waits up to `graceMs` milliseconds for pending records, then closes the sink. */
  close(graceMs?: number): Promise<void>;
}

/** A record could not be written. Logged when failures start, not for each record. */
export class AuditError extends Error {
  override readonly name = 'AuditError';

  constructor(options: ErrorOptions) {
    super('the audit record cannot be written', options);
  }
}

export interface AuditLogOptions {
  readonly sink: AuditSink;
  readonly logger: Logger;
  /** Called with the number of records that could not be written. */
  readonly onFailed?: (records: number) => void;
  readonly now?: () => Date;
  /** Timeout of a write in milliseconds; then its records fail, and later ones immediately. */
  readonly maxWriteMs?: number;
  /** Limits of pending records and their characters. */
  readonly maxWaiting?: { readonly records: number; readonly characters: number };
}

const MAX_WRITE_MS = 5000;
const STEPS = 10;

/** Far more than accumulates while a disk is busy; a record has about 450 characters. */
const MAX_WAITING = { records: 20_000, characters: 16 * 1024 * 1024 };

/** Records written together. */
interface Batch {
  lines: string;
  count: number;
  readonly written: Promise<void>;
  readonly settle: (error?: AuditError) => void;
}

/**
 * Records from one event loop turn, or queued during a write, share one write: the links of a page
 * are issued a few at a time on separate connections.
 */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { sink, logger, onFailed, now = () => new Date() } = options;
  const { maxWriteMs = MAX_WRITE_MS, maxWaiting = MAX_WAITING } = options;
  let next: Batch | null = null;
  let writing: Promise<void> | null = null;
  let underWay: Batch | null = null;
  let steps = 0;
  let isWritable = true;
  let isStalled = false;
  let isCrowded = false;
  let time = { ms: NaN, text: '' };

  /** Cached: many records share a millisecond, and formatting costs half as much as a record. */
  function timeOfRecord(): string {
    const ms = now().getTime();
    if (ms !== time.ms) time = { ms, text: new Date(ms).toISOString() };
    return time.text;
  }

  function collect(line: string, count: number): Promise<void> {
    if (next === null) {
      next = createBatch();
      writing ??= writeAll();
    }
    next.lines += line;
    next.count += count;
    return next.written;
  }

  /** Writes the records collected by the end of the turn in which the previous write ended. */
  async function writeAll(): Promise<void> {
    while (next !== null) {
      await nextTurn();
      const batch: Batch = next;
      next = null;
      underWay = batch;
      steps = 0;
      try {
        await sink.write(batch.lines);
        if (!isWritable) logger.info('audit log is writable again');
        isWritable = true;
        isCrowded = false;
        batch.settle();
      } catch (cause) {
        fail(batch, cause);
      }
      underWay = null;
      isStalled = false;
    }
    writing = null;
  }

  /**
   * Checks the current write periodically: a timer per write would cost more than the write. Counts
   * steps, since a busy process knows little about the disk.
   */
  function watch(): void {
    if (underWay === null) return;
    steps += 1;
    if (steps === STEPS + 1) stall(underWay);
  }

  function fail(batch: Batch, cause: unknown): void {
    if (isWritable) {
      logger.error(
        { error: describeError(cause) },
        'audit records cannot be written; no links are issued',
      );
    }
    isWritable = false;
    // Records of a timed-out write have already failed.
    if (!isStalled && batch.count > 0) onFailed?.(batch.count);
    batch.settle(new AuditError({ cause }));
  }

  /** The current write timed out: its records and later ones fail. */
  function stall(batch: Batch): void {
    const cause = new Error(`a write took longer than ${maxWriteMs} ms`);
    fail(batch, cause);
    isStalled = true;
    if (next === null) return;
    const waiting: Batch = next;
    next = null;
    onFailed?.(waiting.count);
    waiting.settle(new AuditError({ cause }));
  }

  /** Why a record is rejected immediately; null if it is queued. */
  function refusal(line: string): Error | null {
    if (isStalled) return new Error('a write is still in progress');
    if (next === null) return null;
    const isFull =
      next.count >= maxWaiting.records || next.lines.length + line.length > maxWaiting.characters;
    return isFull ? new Error('too many pending records') : null;
  }

  const watching = setInterval(watch, maxWriteMs / STEPS).unref();
  return {
    record(event) {
      const line = toAuditLine(event, timeOfRecord());
      const cause = refusal(line);
      if (cause === null) return collect(line, 1);
      if (isWritable && !isCrowded) {
        isCrowded = true;
        logger.error(
          { error: describeError(cause) },
          'audit records cannot be written; no links are issued',
        );
      }
      onFailed?.(1);
      return Promise.reject(new AuditError({ cause }));
    },
    isWritable() {
      if (!isWritable && writing === null) collect('', 0).catch(() => undefined);
      return isWritable;
    },
    async close(graceMs = maxWriteMs) {
      clearInterval(watching);
      if (!isStalled) await within(graceMs, writing);
      const closed = sink.close();
      // Behind a hanging write, this may not end either.
      await within(writing === null ? graceMs : 0, closed);
    },
  };
}

function createBatch(): Batch {
  let settle: Batch['settle'] = () => undefined;
  const written = new Promise<void>((resolve, reject) => {
    settle = (error) => {
      if (error) reject(error);
      else resolve();
    };
  });
  return { lines: '', count: 0, written, settle };
}

/** Waits for `work` to settle, but no longer than `ms` milliseconds. */
async function within(ms: number, work: Promise<void> | null): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work?.catch(() => undefined), patience]);
  clearTimeout(timer);
}
