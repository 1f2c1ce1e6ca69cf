import type { Credentials } from '../config/config.js';
import type { ApiOperationName } from './operation.js';
import type { Reply } from './reply.js';

/** Makes one attempt of a call. @throws the reason the caller aborted the call with */
export type Attempt = () => Promise<AttemptOutcome>;

/** The outcome of an attempt. */
export type AttemptOutcome =
  | AnsweredAttempt
  | TimedOutAttempt
  | { readonly kind: 'broken'; readonly code: string; readonly onIdleSocket: boolean }
  | { readonly kind: 'oversized' }
  | { readonly kind: 'unheld' };

export interface AnsweredAttempt {
  readonly kind: 'answered';
  readonly reply: Reply;
  /** The signing credentials. */
  readonly credentials: Credentials;
  /** When it was sent, by the upstream's clock; epoch milliseconds. */
  readonly sentAt: number;
  /** When it was answered, by its Date header or else the upstream's clock; epoch milliseconds. */
  readonly answeredAt: number;
}

export interface TimedOutAttempt {
  readonly kind: 'timed-out';
  /**
   * The call's deadline passed before half of the attempt's own timeout: this says little about the
   * upstream.
   */
  readonly cutShort: boolean;
}

/** An attempt, for metrics and the log. */
export interface AttemptEvent {
  /** The ID of the HTTP request it was made for. */
  readonly httpRequestId: string | undefined;
  readonly operation: ApiOperationName;
  readonly regionId: string;
  /** 1-based. */
  readonly attempt: number;
  /** HTTP status, if there was a response. */
  readonly status: number | undefined;
  /** The failure, if there was none: ECONNREFUSED, TIMED_OUT, OVERSIZED, REPLY_MEMORY, ABORTED. */
  readonly code: string | undefined;
  readonly durationMs: number;
}

/** The outcome of an attempt; undefined if its caller aborted it. */
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
    case 'unheld':
      return { code: 'REPLY_MEMORY' };
    case undefined:
      return { code: 'ABORTED' };
  }
}
