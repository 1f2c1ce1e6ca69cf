import { setImmediate as nextTurn } from 'node:timers/promises';
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
  /** Told of records that could not be written. */
  readonly onFailed?: (records: number) => void;
  readonly now?: () => Date;
}

/**
 * Records go out together, in one write, where they come in one turn of the event loop or while others
 * are being written: the links of a page are answered a few at a time, on one connection each.
 */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { sink, logger, onFailed, now = () => new Date() } = options;
  let last: Promise<void> = Promise.resolve();
  let next: { lines: string; count: number; readonly written: Promise<void> } | null = null;
  let isWritable = true;
  let time = { ms: NaN, text: '' };

  /** Records come many in one millisecond, and the text takes as long as half a record. */
  function timeOfRecord(): string {
    const ms = now().getTime();
    if (ms !== time.ms) time = { ms, text: new Date(ms).toISOString() };
    return time.text;
  }

  /** Writes what has been collected by the end of the turn in which the write before has ended. */
  async function writeNext(before: Promise<void>): Promise<void> {
    await before.catch(() => undefined);
    await nextTurn();
    const { lines = '', count = 0 } = next ?? {};
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
      onFailed?.(count);
      throw new AuditError({ cause });
    }
  }

  return {
    record(event) {
      const line = toAuditLine(event, timeOfRecord());
      if (next !== null) {
        next.lines += line;
        next.count += 1;
        return next.written;
      }
      last = writeNext(last);
      next = { lines: line, count: 1, written: last };
      return last;
    },
    async close() {
      await last.catch(() => undefined);
      await sink.close();
    },
  };
}
