import { setMaxListeners } from 'node:events';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { ApolloServer } from '@apollo/server';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from '../telemetry/logger.js';
import { describeError } from '../telemetry/redact.js';
import type { Context } from './context.js';
import { queryEditorPage } from './query-editor.js';

/** Longer than the 60 s most balancers keep idle connections, so that they close first. */
const KEEP_ALIVE_MS = 65_000;
/** A request must have arrived whole by then. */
const REQUEST_TIMEOUT_MS = 30_000;
const BODY_LIMIT = 512 * 1024;

/** The HTTP server without routes: limits, and errors in the GraphQL form without details. */
export function createHttpServer(logger: Logger): FastifyInstance {
  const http = Fastify({
    bodyLimit: BODY_LIMIT,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
  });
  http.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) logger.error({ error: describeError(error) }, 'request failed');
    const message = status >= 500 ? 'Internal server error' : BAD_REQUESTS[status];
    const code = status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
    return reply.code(status).send({
      errors: [{ message: message ?? 'The request is not valid.', extensions: { code } }],
    });
  });
  return http;
}

const BAD_REQUESTS: Readonly<Record<number, string>> = {
  400: 'The body is not valid JSON.',
  413: `The body is too large: ${BODY_LIMIT} bytes at the most.`,
  415: 'The content type is not supported: send application/json.',
};

export interface RouteOptions {
  readonly apollo: ApolloServer<Context>;
  /** The context of one request; `signal` aborts when its client is gone. */
  readonly createContext: (signal: AbortSignal) => Context;
  /** False once the server is shutting down. */
  readonly isReady: () => boolean;
}

/** Adds `/graphql`, the pages for people and the health checks. */
export function addRoutes(http: FastifyInstance, options: RouteOptions): void {
  const { apollo, createContext, isReady } = options;
  const handle = fastifyApolloHandler(apollo, {
    context: (_request, reply) => Promise.resolve(createContext(signalOf(reply))),
  });
  http.route({
    url: '/graphql',
    method: ['GET', 'POST', 'OPTIONS'],
    async handler(request, reply) {
      if (!wantsPage(request)) return handle.call(http, request, reply);
      return reply.type('text/html; charset=utf-8').send(await queryEditorPage());
    },
  });
  http.get('/', (_request, reply) => reply.redirect('/graphql'));
  http.get('/health/live', () => ({ status: 'ok' }));
  http.get('/health/ready', (_request, reply) =>
    isReady() ? { status: 'ok' } : reply.code(503).send({ status: 'draining' }),
  );
}

/** A browser that opens the address, as opposed to a client that sends a query. */
function wantsPage({ method, headers, query }: FastifyRequest): boolean {
  const accepts = headers.accept ?? '';
  return method === 'GET' && accepts.includes('text/html') && !('query' in (query as object));
}

function signalOf({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // Every call of the request listens; their number is bounded elsewhere.
  setMaxListeners(0, controller.signal);
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(new Error('the client is gone'));
  });
  return controller.signal;
}
