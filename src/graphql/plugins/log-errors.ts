import type { ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLError } from 'graphql';
import { cutText } from '../../domain/cut-text.js';
import { PublicError, UpstreamError } from '../../domain/errors.js';
import { NobodyWaitsError } from '../../domain/stop-signal.js';
import { AuditError } from '../../audit/audit-log.js';
import type { Logger } from '../../telemetry/logger.js';
import { describeError, placesOf } from '../../telemetry/redact.js';
import type { Context } from '../context.js';
import { argumentFault } from '../errors/request-fault.js';
import { AnswersBusyError } from '../limits/answer-memory.js';

/** Maximum logged failures per operation. */
const MAX_LINES = 20;
/** Maximum logged path segments, and characters per segment: callers choose aliases. */
const MAX_PATH = 20;
const MAX_NAME = 128;

/** A failure whose cause is hidden from callers. */
interface Failure {
  readonly cause: unknown;
  readonly error: Record<string, unknown>;
  /** The path of the first affected field. */
  readonly path: GraphQLError['path'];
  /** The number of affected fields. */
  count: number;
}

/**
 * Logs causes hidden from callers: those of upstream failures and internal errors. A failure that
 * affects several fields of an operation is one line with their number.
 */
export function logErrors(logger: Logger): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didEncounterErrors: ({ errors, contextValue }) => {
          const httpRequestId = contextValue.scope.requestId;
          const failures = failuresIn(errors);
          for (const failure of failures.slice(0, MAX_LINES)) log(logger, httpRequestId, failure);
          const left = failures.slice(MAX_LINES).reduce((sum, { count }) => sum + count, 0);
          if (left > 0) logger.warn({ httpRequestId, count: left }, 'further failures not logged');
          return Promise.resolve();
        },
      }),
  };
}

function failuresIn(errors: readonly GraphQLError[]): Failure[] {
  const failures = new Map<string, Failure>();
  for (const located of errors) {
    const cause = unwrapResolverError(located);
    if (cause === located || isToldElsewhere(cause)) continue;
    const error = describeError(cause);
    const kind = JSON.stringify(error);
    const known = failures.get(kind);
    if (known) known.count += 1;
    else failures.set(kind, { cause, error, path: located.path, count: 1 });
  }
  return [...failures.values()];
}

/**
 * Public errors and 503 are visible to callers, the audit log reports its own failure once, and a
 * disconnected client appears in its request's line.
 */
function isToldElsewhere(error: unknown): boolean {
  if (error instanceof UpstreamError) return false;
  return (
    error instanceof PublicError ||
    error instanceof AnswersBusyError ||
    error instanceof AuditError ||
    error instanceof NobodyWaitsError ||
    argumentFault(error) !== null
  );
}

function log(logger: Logger, httpRequestId: string, { cause, error, path, count }: Failure): void {
  const facts = { httpRequestId, path: shortened(path), ...(count > 1 && { count }) };
  if (cause instanceof UpstreamError) {
    const { requestId } = cause.details;
    logger.warn({ ...facts, requestId, error }, 'upstream failure');
  } else {
    const stack = placesOf(cause)?.slice(0, 5);
    logger.error({ ...facts, error, stack }, 'internal error');
  }
}

function shortened(path: GraphQLError['path']): GraphQLError['path'] {
  return path
    ?.slice(0, MAX_PATH)
    .map((part) => (typeof part === 'string' ? cutText(part, MAX_NAME) : part));
}
