import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { isLoopbackAddress } from '../auth/local-client.js';
import type { Metrics } from '../telemetry/metrics.js';
import { answerNothingHere } from './refusals/error-handlers.js';
import { createMetricsReaders } from './metrics-readers.js';

export interface MetricsRouteOptions {
  readonly metrics: Pick<Metrics, 'contentType' | 'render'>;
  /** In the format of METRICS_ALLOW. */
  readonly allowed: readonly string[];
  readonly trustedProxies: number;
  /** Checks local requests: pages of other origins can send browsers here. */
  readonly admit: onRequestHookHandler;
}

/**
 * Adds `/metrics`, which responds with 404 to others: the metrics are not secret but not public
 * either.
 */
export function addMetricsRoute(http: FastifyInstance, options: MetricsRouteOptions): void {
  const { metrics, allowed, trustedProxies, admit } = options;
  const mayRead = createMetricsReaders(allowed, trustedProxies);
  const onRequest: onRequestHookHandler = function (request, reply, done) {
    if (isLoopbackAddress(request.socket.remoteAddress)) admit.call(this, request, reply, done);
    else done();
  };
  http.get('/metrics', { onRequest }, async (request, reply) => {
    const { httpVersion, headers } = request.raw;
    if (!mayRead({ address: request.ip, httpVersion, headers })) {
      return answerNothingHere(reply);
    }
    return reply.type(metrics.contentType).send(await metrics.render());
  });
}
