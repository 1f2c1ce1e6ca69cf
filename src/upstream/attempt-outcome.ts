import type { Credentials } from '../config/config.js';
import type { ApiOperationName } from './operation.js';
import type { Reply } from './reply.js';

/** Makes one attempt of a call. @throws what the caller aborted the call with */
export type Attempt = () => Promise<AttemptOutcome>;

/** How one attempt ended. */
export type AttemptOutcome =
  | AnsweredAttempt
  | TimedOutAttempt
  | { readonly kind: 'broken'; readonly code: string; readonly onIdleSocket: boolean }
  | { readonly kind: 'oversized' };

export interface AnsweredAttempt {
  readonly kind: 'answered';
  readonly reply: Reply;
  /** The credentials that signed it. */
  readonly credentials: Credentials;
  /** When it was sent, by the upstream's clock; epoch milliseconds. */
  readonly sentAt: number;
  /** When it was answered, as the answer says, else by the upstream's clock; epoch milliseconds. */
  readonly answeredAt: number;
}

export interface TimedOutAttempt {
  readonly kind: 'timed-out';
  /** The deadline of its call came before half of its own time was over: it says little of the upstream. */
  readonly cutShort: boolean;
}

/** One attempt, for metrics and the log. */
export interface AttemptEvent {
  /** Of the request it was made for. */
  readonly httpRequestId: string | undefined;
  readonly operation: ApiOperationName;
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
