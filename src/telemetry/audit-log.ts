import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AuditEvent, toAuditLine } from './audit-record.js';
import type { AuditSink } from './audit-sink.js';
import type { Logger } from './logger.js';
import { describeError } from './redact.js';

/** Who had which link: records apart from the log, each written before its link goes out. */
export interface AuditLog {
  /**
   * Resolves when the record is written.
   * @throws AuditError where it cannot be, not in time, or where too many wait: the link must then not
   * be given out
   */
  record(event: AuditEvent): Promise<void>;
  /**
   * False while records cannot be written. The sink is then tried again, so that the answer changes
   * without another record.
   */
  isWritable(): boolean;
  /** Waits for the records under way, no longer than `graceMs` milliseconds, then closes the sink. */
  close(graceMs?: number): Promise<void>;
}

/** A record could not be written. It is logged when that begins, not for each record. */
export class AuditError extends Error {
  override readonly name = 'AuditError';

  constructor(options: ErrorOptions) {
    super('the audit record cannot be written', options);
  }
}

export interface AuditLogOptions {
  readonly sink: AuditSink;
  readonly logger: Logger;
  /** Told of records that could not be written. */
  readonly onFailed?: (records: number) => void;
  readonly now?: () => Date;
  /** How long a write may take, in milliseconds; then its records have failed, and further ones at once. */
  readonly maxWriteMs?: number;
  /** How many records may wait for the write before theirs, and how many characters they may have. */
  readonly maxWaiting?: { readonly records: number; readonly characters: number };
}

const MAX_WRITE_MS = 5000;
const STEPS = 10;

/** Many times what comes while a disk is busy; a record has some 450 characters. */
const MAX_WAITING = { records: 20_000, characters: 16 * 1024 * 1024 };

/** Records that are written together. */
interface Batch {
  lines: string;
  count: number;
  readonly written: Promise<void>;
  readonly settle: (error?: AuditError) => void;
}

/**
 * Records go out together, in one write, where they come in one turn of the event loop or while others
 * are being written: the links of a page are answered a few at a time, on one connection each.
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

  /** Records come many in one millisecond, and the text takes as long as half a record. */
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

  /** Writes what has been collected by the end of the turn in which the write before has ended. */
  async function writeAll(): Promise<void> {
    while (next !== null) {
      await nextTurn();
      const batch: Batch = next;
      next = null;
      underWay = batch;
      steps = 0;
      try {
        await sink.write(batch.lines);
        if (!isWritable) logger.info('audit records are written again');
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
   * Looks at the write under way from time to time: a timer for each write would cost more than the write.
   * It counts steps, since a process that was busy for as long knows little of the disk.
   */
  function watch(): void {
    if (underWay === null) return;
    steps += 1;
    if (steps === STEPS + 1) stall(underWay);
  }

  function fail(batch: Batch, cause: unknown): void {
    if (isWritable) {
      logger.error({ error: describeError(cause) }, 'audit records cannot be written: no links');
    }
    isWritable = false;
    // Those of a write that took too long have failed before.
    if (!isStalled && batch.count > 0) onFailed?.(batch.count);
    batch.settle(new AuditError({ cause }));
  }

  /** The write under way takes too long: nobody waits for it any more, nor for one that comes after it. */
  function stall(batch: Batch): void {
    const cause = new Error(`a write has taken longer than ${maxWriteMs} ms`);
    fail(batch, cause);
    isStalled = true;
    if (next === null) return;
    const waiting: Batch = next;
    next = null;
    onFailed?.(waiting.count);
    waiting.settle(new AuditError({ cause }));
  }

  /** Why a record is not even collected; null where it is. */
  function refusal(line: string): Error | null {
    if (isStalled) return new Error('a write is still under way');
    if (next === null) return null;
    const isFull =
      next.count >= maxWaiting.records || next.lines.length + line.length > maxWaiting.characters;
    return isFull ? new Error('too many records wait') : null;
  }

  const watching = setInterval(watch, maxWriteMs / STEPS).unref();
  return {
    record(event) {
      const line = toAuditLine(event, timeOfRecord());
      const cause = refusal(line);
      if (cause === null) return collect(line, 1);
      if (isWritable && !isCrowded) {
        isCrowded = true;
        logger.error({ error: describeError(cause) }, 'audit records cannot be written: no links');
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
      // Behind a write that does not end, this may not end either.
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

/** Waits for `work`, failed or not, but no longer than `ms` milliseconds. */
async function within(ms: number, work: Promise<void> | null): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work?.catch(() => undefined), patience]);
  clearTimeout(timer);
}
