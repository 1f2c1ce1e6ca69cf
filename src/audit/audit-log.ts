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
  /** Timeout of a write in milliseconds; then its records fail, and later ones immediately. */
  readonly maxWriteMs?: number;
}

export type AuditWriter = Pick<LineWriter, 'write' | 'close'>;

const MAX_WRITE_MS = 5000;

/** Records written together. */
interface Batch {
  readonly written: Promise<void>;
  /** Settles with the write, or when that takes too long. */
  readonly result: Promise<void>;
  readonly fail: (error: AuditError) => void;
  count: number;
  isFailed: boolean;
}

export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { writer, logger, onFailed, now = () => new Date() } = options;
  const { maxWriteMs = MAX_WRITE_MS } = options;
  const pending = new Set<Batch>();
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
    let fail: Batch['fail'] = () => undefined;
    const timer = setTimeout(() => {
      // A busy process knows of the end of the write only after this turn.
      setImmediate(stall, batch);
    }, maxWriteMs).unref();
    const result = new Promise<void>((resolve, reject) => {
      fail = reject;
      const ended = (): void => {
        clearTimeout(timer);
        pending.delete(batch);
        isStalled = false;
      };
      written.then(
        () => {
          ended();
          if (!isWritable) logger.info('audit log is writable again');
          isWritable = true;
          resolve();
        },
        (cause: unknown) => {
          ended();
          failBatch(batch, cause);
        },
      );
    });
    const batch: Batch = { written, result, fail, count: 0, isFailed: false };
    pending.add(batch);
    latest = batch;
    return batch;
  }

  function failBatch(batch: Batch, cause: unknown): void {
    if (batch.isFailed) return;
    batch.isFailed = true;
    reportFailure(cause, batch.count);
    batch.fail(new AuditError({ cause }));
  }

  function reportFailure(cause: unknown, records: number): void {
    if (isWritable) {
      logger.error(
        { error: describeError(cause) },
        'audit records cannot be written; no links are issued',
      );
    }
    isWritable = false;
    if (records > 0) onFailed?.(records);
  }

  function stall(batch: Batch): void {
    if (!pending.has(batch)) return;
    isStalled = true;
    const cause = new Error(`a write took longer than ${maxWriteMs} ms`);
    for (const each of pending) failBatch(each, cause);
  }

  return {
    record(event) {
      if (isStalled) {
        const cause = new Error('a write is still in progress');
        reportFailure(cause, 1);
        return Promise.reject(new AuditError({ cause }));
      }
      const batch = write(toAuditLine(event, timeOfRecord()));
      batch.count += 1;
      return batch.result;
    },
    isWritable() {
      if (!isWritable && pending.size === 0) write('').result.catch(() => undefined);
      return isWritable;
    },
    async close(graceMs = maxWriteMs) {
      if (!isStalled)
        await atMost(graceMs, Promise.all([...pending].map(({ written }) => written)));
      // Behind a hanging write, this may not end either.
      await atMost(pending.size === 0 ? graceMs : 0, writer.close());
    },
  };
}

/** Waits for `work` to settle, but no longer than `ms` milliseconds. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work.catch(() => undefined), end]);
  clearTimeout(timer);
}
