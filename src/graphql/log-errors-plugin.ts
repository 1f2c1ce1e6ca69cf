import type { ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { PublicError, UpstreamError } from '../domain/errors.js';
import type { Context } from './context.js';
import { argumentFault } from './errors/value-fault.js';
import { AuditError } from '../telemetry/audit-log.js';
import type { Logger } from '../telemetry/logger.js';
import { describeError, placesOf } from '../telemetry/redact.js';

/** Logs what callers are not told: the causes of upstream failures and of internal errors. */
export function logErrorsPlugin(logger: Logger): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didEncounterErrors: ({ errors, contextValue }) => {
          const httpRequestId = contextValue.scope.requestId;
          for (const error of errors) {
            const cause = unwrapResolverError(error);
            const { path } = error;
            if (cause instanceof UpstreamError) {
              const { requestId } = cause.details;
              logger.warn(
                { httpRequestId, path, requestId, error: describeError(cause) },
                'upstream failure',
              );
            } else if (cause !== error && !needsNoLog(cause) && !argumentFault(cause)) {
              const stack = placesOf(cause)?.slice(0, 5);
              logger.error(
                { httpRequestId, path, error: describeError(cause), stack },
                'internal error',
              );
            }
          }
          return Promise.resolve();
        },
      }),
  };
}

/** Ours tell callers themselves; the audit log says once that it fails, not for each link. */
function needsNoLog(error: unknown): boolean {
  return error instanceof PublicError || error instanceof AuditError;
}
