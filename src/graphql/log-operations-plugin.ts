import type { ApolloServerPlugin } from '@apollo/server';
import type { Logger } from '../telemetry/logger.js';
import type { Context } from './context.js';
import { toOperationEnd } from './operation-end.js';

/** Characters of a text that callers choose. */
const MAX_TEXT = 128;

/** Logs each operation in one line, whether it was run or refused. */
export function logOperationsPlugin(logger: Logger): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse(request) {
          const { name, type, codes } = toOperationEnd(request);
          const { caller, scope } = request.contextValue;
          scope.isLogged = true;
          logger.info(
            {
              httpRequestId: scope.requestId,
              operation: name?.slice(0, MAX_TEXT),
              type,
              caller: caller.isKnown ? caller.id.slice(0, MAX_TEXT) : undefined,
              status: request.response.http.status ?? 200,
              durationMs: Math.round(performance.now() - scope.startedAt),
              codes,
              upstreamCalls: Object.fromEntries(scope.upstreamCalls),
            },
            'operation',
          );
          return Promise.resolve();
        },
      }),
  };
}
