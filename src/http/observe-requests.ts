import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../telemetry/logger.js';
import type { HttpMetrics } from '../telemetry/metrics.js';
import { createRequestScope, type RequestScope } from '../telemetry/request-scope.js';
import type { Tracing } from '../telemetry/tracing.js';

export interface ObserveOptions {
  readonly metrics: HttpMetrics;
  readonly tracing: Tracing | null;
  readonly logger: Logger;
  /** False once the server is stopping. */
  readonly isReady: () => boolean;
}

/** The request decorator that holds its scope. */
export const SCOPE = 'scope';
const GRAPHQL = '/graphql';

/**
 * Observes each request from start to end: its ID is in the response and in its log lines, it is
 * counted, and it has a span if tracing is on. Register before the routes.
 */
export function observeRequests(http: FastifyInstance, options: ObserveOptions): void {
  const { metrics, tracing, logger, isReady } = options;
  http.decorateRequest(SCOPE, null);

  http.addHook('onRequest', (request, reply, done) => {
    const isGraphql = request.routeOptions.url === GRAPHQL;
    const name = `${request.method} ${GRAPHQL}`;
    const span = isGraphql ? (tracing?.startRequest(name, request.headers) ?? null) : null;
    const scope = createRequestScope(request.id, span);
    request.setDecorator<RequestScope>(SCOPE, scope);
    reply.header('x-request-id', request.id);
    // Emitted after the last byte, or when the client disconnects.
    reply.raw.once('close', () => {
      const status = reply.raw.writableFinished ? reply.raw.statusCode : null;
      const seconds = (performance.now() - scope.startedAt) / 1000;
      metrics.answered({
        route: request.routeOptions.url,
        method: request.method,
        status,
        seconds,
      });
      span?.end(spanEnd(request, status));
      if (isGraphql && !scope.isLogged) {
        const httpRequestId = request.id;
        logger.info({ httpRequestId, status, durationMs: Math.round(seconds * 1000) }, 'request');
      }
    });
    done();
  });

  http.addHook('onSend', (_request, reply: FastifyReply, _payload, done) => {
    // Further requests should go to another replica.
    if (!isReady()) reply.header('connection', 'close');
    done();
  });
}

function spanEnd({ method }: FastifyRequest, status: number | null) {
  return {
    attributes: {
      'http.request.method': method,
      'http.route': GRAPHQL,
      'url.path': GRAPHQL,
      ...(status !== null && { 'http.response.status_code': status }),
    },
    error: status === null ? 'aborted' : status >= 500 ? String(status) : undefined,
  };
}

/** Common request ID formats: UUIDs, hexadecimal, W3C trace IDs, ULIDs. */
const SAFE = /^[\w.-]{8,64}$/;

/** The request ID from a balancer or router if it is safe to log, otherwise a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && SAFE.test(given) ? given : randomUUID();
}
