import type { ApolloServerPlugin } from '@apollo/server';
import type { Logger } from '../telemetry/logger.js';
import { currentScope } from '../telemetry/request-scope.js';
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
          const { caller } = request.contextValue;
          const scope = currentScope();
          if (scope) scope.isLogged = true;
          logger.info(
            {
              operation: name?.slice(0, MAX_TEXT),
              type,
              caller: caller.isKnown ? caller.id.slice(0, MAX_TEXT) : undefined,
              status: request.response.http.status ?? 200,
              durationMs: scope && Math.round(performance.now() - scope.startedAt),
              codes,
              upstreamCalls: scope && Object.fromEntries(scope.upstreamCalls),
            },
            'operation',
          );
          return Promise.resolve();
        },
      }),
  };
}
