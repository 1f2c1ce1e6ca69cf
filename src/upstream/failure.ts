import { type PublicErrorOptions, UpstreamError } from '../domain/errors.js';
import {
  type AnsweredAttempt,
  type AttemptOutcome,
  isNotFoundStatus,
  judge,
  NO_BACKUP,
  UNREADABLE,
} from './outcome.js';
import type { Reply } from './reply.js';

/** The loggable cause of a failure: no upstream text, which can contain key IDs. */
export interface FailureCause {
  readonly status?: number;
  readonly errorStatus?: string;
  readonly code?: string;
}

/** Returns a successful outcome. @throws UpstreamError for any other */
export function toSuccess(outcome: AttemptOutcome): AnsweredAttempt {
  const { code, message } = judge(outcome);
  if (outcome.kind === 'answered') {
    const { reply } = outcome;
    if (code === null) return outcome;
    if (code === 'BACKUP_NOT_FOUND') throw notFound(reply);
    throw new UpstreamError(code, message, { details: detailsOf(reply), cause: causeOf(reply) });
  }
  const cause = codeOf(outcome);
  throw new UpstreamError(code ?? 'UPSTREAM_UNAVAILABLE', message, {
    ...(cause !== undefined && { cause: { code: cause } satisfies FailureCause }),
  });
}

/** Why an attempt had no response, in a word: ECONNREFUSED, TIMED_OUT, OVERSIZED. */
export function codeOf(outcome: AttemptOutcome): string | undefined {
  if (outcome.kind === 'broken') return outcome.code;
  return outcome.kind === 'answered' ? undefined : CODES[outcome.kind];
}

const CODES = { 'timed-out': 'TIMED_OUT', oversized: 'OVERSIZED', unheld: 'REPLY_MEMORY' } as const;

/** The error for a response whose `result` is missing or not as documented. */
export function unreadable(reply: Reply, code: string): UpstreamError {
  return new UpstreamError('UPSTREAM_BAD_RESPONSE', UNREADABLE, {
    details: detailsOf(reply),
    cause: { ...causeOf(reply), code } satisfies FailureCause,
  });
}

function notFound(reply: Reply): NotFoundError {
  // A resource error, or an error inside a 200, proves that the route exists.
  const mayBeRoute =
    isNotFoundStatus(reply.httpStatus) && !reply.errorStatus?.startsWith('ResourceError');
  return new NotFoundError(mayBeRoute, { details: detailsOf(reply), cause: causeOf(reply) });
}

function detailsOf({ requestId, status, retryAfter }: Reply) {
  const isThrottled = status === 429 || status === 503;
  return {
    ...(requestId !== undefined && { requestId }),
    ...(isThrottled && retryAfter !== undefined && { retryAfter }),
  };
}

function causeOf({ httpStatus, errorStatus }: Reply): FailureCause {
  return { status: httpStatus, ...(errorStatus !== undefined && { errorStatus }) };
}

/** The requested resource does not exist: HTTP 404, or `ResourceError.NotFound` with 400. */
export class NotFoundError extends UpstreamError {
  constructor(
    /** True if the gateway may not know the route: HTTP 404 or 405. */
    readonly mayBeRoute: boolean,
    options?: PublicErrorOptions,
  ) {
    super('BACKUP_NOT_FOUND', NO_BACKUP, options);
  }
}
