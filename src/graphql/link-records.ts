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

interface Entry {
  readonly outcome: LinkOutcome;
  readonly field: LinkField;
}

export function createLinkRecords({ write, onWritten }: LinkRecordsOptions): LinkRecords {
  /** By the promise of their write: a page of links waits for one, not for fifty. */
  const batches = new Map<Promise<void>, Entry[]>();
  const pending: Promise<void>[] = [];
  const unrecorded: UnrecordedField[] = [];

  async function follow(written: Promise<void>, entries: readonly Entry[]): Promise<void> {
    try {
      await written;
    } catch (cause) {
      for (const { field } of entries) unrecorded.push({ field, cause });
      return;
    }
    if (onWritten) for (const [outcome, count] of countOutcomes(entries)) onWritten(outcome, count);
  }

  return {
    add(attempt, field) {
      const written = write(attempt);
      const entry = { outcome: attempt.outcome, field };
      const batch = batches.get(written);
      if (batch) {
        batch.push(entry);
        return;
      }
      const entries = [entry];
      batches.set(written, entries);
      pending.push(follow(written, entries));
    },
    async settled() {
      await Promise.all(pending);
      return unrecorded;
    },
  };
}

function countOutcomes(entries: readonly Entry[]): Map<LinkOutcome, number> {
  const counts = new Map<LinkOutcome, number>();
  for (const { outcome } of entries) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}
