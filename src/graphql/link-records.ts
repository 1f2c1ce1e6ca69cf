import type { GraphQLResolveInfo } from 'graphql';
import type { LinkOutcome, LinkRecord } from '../audit/audit-record.js';

/** A `downloadURL` field in a response. */
export type LinkField = Pick<GraphQLResolveInfo, 'path' | 'fieldNodes'>;

/** A field whose record could not be written. */
export interface UnrecordedField {
  readonly field: LinkField;
  readonly cause: unknown;
}

/**
 * The audit records of one operation. Its fields do not wait for them: the response does, once for
 * all.
 */
export interface LinkRecords {
  /** Queues the record of one execution of a field. */
  add(attempt: LinkRecord, field: LinkField): void;
  /** Resolves, never rejects, when no record is pending; returns the fields of those that failed. */
  settled(): Promise<readonly UnrecordedField[]>;
}

export interface LinkRecordsOptions {
  /** Resolves when the record is written. Records written together should share the promise. */
  readonly write: (attempt: LinkRecord) => Promise<void>;
  /** Called with the number of records written of one outcome. */
  readonly onWritten?: (outcome: LinkOutcome, count: number) => void;
}

/** Creates the records of one operation. */
export function createLinkRecords({ write, onWritten }: LinkRecordsOptions): LinkRecords {
  const pending: { outcome: LinkOutcome; field: LinkField; written: Promise<void> }[] = [];
  return {
    add(attempt, field) {
      const written = write(attempt);
      // `settled` handles the error; records written together share the promise.
      if (written !== pending.at(-1)?.written) written.catch(() => undefined);
      pending.push({ outcome: attempt.outcome, field, written });
    },
    async settled() {
      const unrecorded: UnrecordedField[] = [];
      const counts = new Map<LinkOutcome, number>();
      for (const { outcome, field, written } of pending) {
        try {
          await written;
          counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
        } catch (cause) {
          unrecorded.push({ field, cause });
        }
      }
      for (const [outcome, count] of counts) onWritten?.(outcome, count);
      return unrecorded;
    },
  };
}
