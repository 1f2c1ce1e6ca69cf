import { UpstreamError, type ErrorCode, type ErrorDetails } from '../domain/errors.js';
import type { AnsweredAttempt, AttemptOutcome } from './attempt-outcome.js';
import { timedOut } from './policy/deadline.js';
import type { Reply } from './reply.js';
import { tooMuchToHold } from './reply-memory.js';

/** The loggable cause of a failure: no upstream text, which can contain key IDs. */
export interface FailureCause {
  readonly status?: number;
  readonly errorStatus?: string;
  readonly code?: string;
}

const UNREADABLE = 'The upstream returned an unreadable response; contact the operator.';

/** Returns a successful outcome. @throws UpstreamError for any other */
export function toSuccess(outcome: AttemptOutcome): AnsweredAttempt {
  switch (outcome.kind) {
    case 'answered': {
      const failure = replyFailure(outcome.reply);
      if (failure) throw failure;
      return outcome;
    }
    case 'timed-out':
      throw timedOut();
    case 'broken':
      throw new UpstreamError('UPSTREAM_UNAVAILABLE', 'The upstream is unreachable; retry later.', {
        cause: { code: outcome.code } satisfies FailureCause,
      });
    case 'oversized':
      throw new UpstreamError('UPSTREAM_BAD_RESPONSE', UNREADABLE, {
        cause: { code: 'OVERSIZED' } satisfies FailureCause,
      });
    case 'unheld':
      throw tooMuchToHold();
  }
}

/** The error for a response whose `result` is missing or not as documented. */
export function unreadable(reply: Reply, code: string): UpstreamError {
  return toError(reply, 'UPSTREAM_BAD_RESPONSE', UNREADABLE, code);
}

function replyFailure(reply: Reply): UpstreamError | undefined {
  const { status, retryAfter } = reply;
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) {
    return toError(
      reply,
      'UPSTREAM_BAD_RESPONSE',
      'The upstream returned an unexpected redirect; contact the operator.',
    );
  }
  if (status === 401 || status === 403) {
    return toError(
      reply,
      'UPSTREAM_AUTH',
      'The upstream rejected the credentials of this service; contact the operator.',
    );
  }
  if (status === 429 || (status === 503 && retryAfter !== undefined)) {
    return toError(
      reply,
      'UPSTREAM_THROTTLED',
      'The upstream is throttling requests; retry later.',
    );
  }
  if (status >= 500) {
    return toError(reply, 'UPSTREAM_UNAVAILABLE', 'The upstream failed; retry later.');
  }
  if (reply.errorStatus === FILE_GONE) {
    return toError(
      reply,
      'FILE_NOT_IN_BACKUP',
      'The file is no longer there: list the files of the backup again.',
    );
  }
  if (isNotFound(reply)) {
    return new NotFoundError(mayBeRoute(reply), {
      details: detailsOf(reply),
      cause: causeOf(reply),
    });
  }
  return toError(
    reply,
    'UPSTREAM_BAD_RESPONSE',
    'The upstream rejected the request; contact the operator.',
  );
}

/** The embedded upstream's error for a listed file that no longer exists. */
const FILE_GONE = 'FILE_NOT_FOUND';

function isNotFound({ status, errorStatus = '' }: Reply): boolean {
  return status === 404 || status === 405 || /ResourceError\.NotFound|NOT_FOUND/.test(errorStatus);
}

/** A resource error, or an error inside a 200, proves that the route exists. */
function mayBeRoute({ httpStatus, errorStatus }: Reply): boolean {
  const isRouteStatus = httpStatus === 404 || httpStatus === 405;
  return isRouteStatus && !errorStatus?.startsWith('ResourceError');
}

function toError(reply: Reply, code: ErrorCode, message: string, cause?: string): UpstreamError {
  return new UpstreamError(code, message, {
    details: detailsOf(reply),
    cause: causeOf(reply, cause),
  });
}

function detailsOf({ requestId, status, retryAfter }: Reply) {
  const isThrottled = status === 429 || status === 503;
  return {
    ...(requestId !== undefined && { requestId }),
    ...(isThrottled && retryAfter !== undefined && { retryAfter }),
  };
}

function causeOf({ httpStatus, errorStatus }: Reply, code?: string): FailureCause {
  return {
    status: httpStatus,
    ...(errorStatus !== undefined && { errorStatus }),
    ...(code !== undefined && { code }),
  };
}

/** The requested resource does not exist: HTTP 404, or `ResourceError.NotFound` with 400. */
export class NotFoundError extends UpstreamError {
  constructor(
    /** True if the gateway may not know the route: HTTP 404 or 405. */
    readonly mayBeRoute: boolean,
    { details = {}, cause }: { details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super('BACKUP_NOT_FOUND', 'Backup not found in the upstream.', { details, cause });
  }
}
