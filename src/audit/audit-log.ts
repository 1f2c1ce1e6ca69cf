import { setImmediate as nextTurn } from 'node:timers/promises';
import { within } from '../domain/within.js';
import { describeError } from '../telemetry/redact.js';
import type { LineWriter } from '../telemetry/line-writer.js';
import type { Logger } from '../telemetry/logger.js';
import { type AuditEvent, toAuditLine } from './audit-record.js';

/** Records who got which link, separate from the log, each written before its link is returned. */
export interface AuditLog {
  /**
   * Resolves when the record is written; records written together share the promise.
   * @throws AuditError if writing fails or times out, or too many records are pending: the link
   *   must not be returned
   */
  record(event: AuditEvent): Promise<void>;
  /**
   * False while records cannot be written. Calling it tries again, so that it recovers without
   * another record.
   */
  isWritable(): boolean;
  /** Waits up to `graceMs` milliseconds for pending records, then closes the writer. */
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
  readonly writer: AuditWriter;
  readonly logger: Logger;
  /** Called with the number of records that could not be written. */
  readonly onFailed?: (records: number) => void;
  readonly now?: () => Date;
  /** Timeout of a write in milliseconds; then its records fail, and new ones immediately. */
  readonly maxWriteMs?: number;
}

export type AuditWriter = Pick<LineWriter, 'write' | 'close'>;

const MAX_WRITE_MS = 5000;

/** Records written together. */
interface Batch {
  readonly written: Promise<void>;
  /** Settles with the write, or when that takes too long. */
  readonly result: Promise<void>;
  count: number;
}

const LATE = Symbol('late');

export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { writer, logger, onFailed, now = () => new Date() } = options;
  const { maxWriteMs = MAX_WRITE_MS } = options;
  const pending = new Set<Promise<void>>();
  let latest: Batch | null = null;
  let isWritable = true;
  let isStalled = false;
  let time = { ms: NaN, text: '' };

  /** Cached: many records share a millisecond, and formatting costs half as much as a record. */
  function timeOfRecord(): string {
    const ms = now().getTime();
    if (ms !== time.ms) time = { ms, text: new Date(ms).toISOString() };
    return time.text;
  }

  function write(lines: string): Batch {
    const written = writer.write(lines);
    if (latest?.written === written) return latest;
    pending.add(written);
    const ended = (): void => {
      pending.delete(written);
      isStalled = false;
    };
    written.then(() => {
      ended();
      if (!isWritable) logger.info('audit log is writable again');
      isWritable = true;
    }, ended);
    const result = inTime(written).catch((cause: unknown) => {
      throw failure(cause, batch.count);
    });
    const batch: Batch = { written, result, count: 0 };
    return (latest = batch);
  }

  async function inTime(written: Promise<void>): Promise<void> {
    if ((await within(maxWriteMs, written, LATE)) !== LATE) return;
    // A busy process knows of the end of the write only after this turn.
    await nextTurn();
    if (!pending.has(written)) return written;
    isStalled = true;
    throw new Error(`a write took longer than ${maxWriteMs} ms`);
  }

  /** Reports a failure. */
  function failure(cause: unknown, records: number): AuditError {
    if (isWritable) {
      logger.error(
        { error: describeError(cause) },
        'audit records cannot be written; no links are issued',
      );
    }
    isWritable = false;
    if (records > 0) onFailed?.(records);
    return new AuditError({ cause });
  }

  return {
    record(event) {
      if (isStalled) return Promise.reject(failure(new Error('a write is still in progress'), 1));
      const batch = write(toAuditLine(event, timeOfRecord()));
      batch.count += 1;
      return batch.result;
    },
    isWritable() {
      if (!isWritable && pending.size === 0) write('').result.catch(() => undefined);
      return isWritable;
    },
    async close(graceMs = maxWriteMs) {
      if (!isStalled) await within(graceMs, Promise.allSettled(pending), undefined);
      // Behind a hanging write, this may not end either.
      const closed = Promise.allSettled([writer.close()]);
      await within(pending.size === 0 ? graceMs : 0, closed, undefined);
    },
  };
}
