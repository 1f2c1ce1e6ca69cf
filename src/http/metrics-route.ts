import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { isLoopbackAddress } from '../auth/local-client.js';
import type { Metrics } from '../telemetry/metrics/metrics.js';
import { answerNothingHere } from './refusals/error-handlers.js';
import { createMetricsReaders } from './metrics-readers.js';

export interface MetricsRouteOptions {
  readonly metrics: Pick<Metrics, 'contentType' | 'render'>;
  /** Who may read them, as METRICS_ALLOW lists them. */
  readonly allowed: readonly string[];
  readonly trustedProxies: number;
  /** Looks at requests from this machine: its browsers may be led here by pages of others. */
  readonly admit: onRequestHookHandler;
}

/**
 * Adds `/metrics`. To whom it is not for it is not there: the numbers tell nothing secret, but how a
 * service is doing is nobody's business either.
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
