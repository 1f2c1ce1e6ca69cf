import type { ApolloServerPlugin } from '@apollo/server';
import type { OperationMetrics } from '../telemetry/metrics/operation-metrics.js';
import type { Context } from './context.js';
import { toOperationEnd } from './operation-end.js';

/** Counts operations by name and code, and takes their time. */
export function measureOperationsPlugin(metrics: OperationMetrics): ApolloServerPlugin<Context> {
  return {
    requestDidStart() {
      const startedAt = performance.now();
      return Promise.resolve({
        willSendResponse(request) {
          metrics.ended(toOperationEnd(request), (performance.now() - startedAt) / 1000);
          return Promise.resolve();
        },
      });
    },
  };
}
