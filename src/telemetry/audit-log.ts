import { type AuditEvent, toAuditLine } from './audit-record.js';
import type { AuditSink } from './audit-sink.js';
import type { Logger } from './logger.js';
import { describeError } from './redact.js';

/** Who had which link: records apart from the log, each written before its link goes out. */
export interface AuditLog {
  /**
   * Resolves when the record is written.
   * @throws AuditError where it cannot be: the link must then not be given out
   */
  record(event: AuditEvent): Promise<void>;
  /** Waits for the records under way, then closes the sink. */
  close(): Promise<void>;
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
  readonly now?: () => Date;
}

/** Records that come while others are being written go out together, in one write. */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { sink, logger, now = () => new Date() } = options;
  let last: Promise<void> = Promise.resolve();
  let next: { lines: string; readonly written: Promise<void> } | null = null;
  let isWritable = true;

  /** Writes what has been collected when the write before has ended, well or not. */
  async function writeNext(before: Promise<void>): Promise<void> {
    await before.catch(() => undefined);
    const lines = next?.lines ?? '';
    next = null;
    try {
      await sink.write(lines);
      if (!isWritable) logger.info('audit records are written again');
      isWritable = true;
    } catch (cause) {
      if (isWritable) {
        logger.error({ error: describeError(cause) }, 'audit records cannot be written: no links');
      }
      isWritable = false;
      throw new AuditError({ cause });
    }
  }

  return {
    record(event) {
      const line = toAuditLine(event, now());
      if (next !== null) {
        next.lines += line;
        return next.written;
      }
      last = writeNext(last);
      next = { lines: line, written: last };
      return last;
    },
    async close() {
      await last.catch(() => undefined);
      await sink.close();
    },
  };
}
