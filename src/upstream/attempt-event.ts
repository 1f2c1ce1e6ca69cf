import type { AttemptOutcome } from './attempt.js';
import type { OperationName } from './operation.js';

/** One attempt, for metrics and the log. */
export interface AttemptEvent {
  /** Of the request it was made for. */
  readonly httpRequestId: string | undefined;
  readonly operation: OperationName;
  readonly regionId: string;
  /** From 1. */
  readonly attempt: number;
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** How the attempt failed, where there was none: ECONNREFUSED, TIMED_OUT, OVERSIZED, ABORTED. */
  readonly code: string | undefined;
  readonly durationMs: number;
}

/** How an attempt ended; undefined for one that its caller cut off. */
export function endOf(
  outcome: AttemptOutcome | undefined,
): Partial<Pick<AttemptEvent, 'status' | 'code'>> {
  switch (outcome?.kind) {
    case 'answered':
      return { status: outcome.reply.httpStatus };
    case 'broken':
      return { code: outcome.code };
    case 'timed-out':
      return { code: 'TIMED_OUT' };
    case 'oversized':
      return { code: 'OVERSIZED' };
    case undefined:
      return { code: 'ABORTED' };
  }
}
