import type { ApolloServerPlugin } from '@apollo/server';
import type { OperationMetrics } from '../telemetry/metrics/operation-metrics.js';
import type { Context } from './context.js';
import { toOperationEnd } from './operation-end.js';

/** Gives each operation a span, between that of its HTTP request and those of its upstream calls. */
export function traceOperationsPlugin(
  metrics: Pick<OperationMetrics, 'nameOf'>,
): ApolloServerPlugin<Context> {
  return {
    requestDidStart({ contextValue: { scope } }) {
      const span = scope.span?.child('operation', 'internal');
      if (!span) return Promise.resolve();
      scope.span = span;
      return Promise.resolve({
        willSendResponse(request) {
          const end = toOperationEnd(request);
          const name = metrics.nameOf(end);
          const type = end.type ?? 'operation';
          span.end({
            name: `${type} ${name}`,
            attributes: { 'graphql.operation.type': type, 'graphql.operation.name': name },
            error: end.codes[0],
          });
          return Promise.resolve();
        },
      });
    },
  };
}
