import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { ApolloServer } from '@apollo/server';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import type { Caller } from '../domain/caller.js';
import type { Logger } from '../telemetry/logger.js';
import { type Admit, CALLER } from './admission.js';
import type { Context } from './context.js';
import { answerHttpError, answerHttpErrors } from './http-errors.js';
import { queryEditorPage } from './query-editor.js';
import { refuseCharsets } from './refuse-charsets.js';
import { addSecurityHeaders } from './security-headers.js';

/** Longer than the 60 s most balancers keep idle connections, so that they close first. */
const KEEP_ALIVE_MS = 65_000;
/** A request must have arrived whole by then. */
const REQUEST_TIMEOUT_MS = 30_000;

/** The HTTP server without routes: limits, and errors in the GraphQL form without details. */
export function createHttpServer(
  config: Pick<Config, 'queryLimits' | 'trustedProxies'>,
  logger: Logger,
): FastifyInstance {
  const { bodyBytes } = config.queryLimits;
  const http = Fastify({
    bodyLimit: bodyBytes,
    frameworkErrors: (error, _request, reply) =>
      void answerHttpError(error, reply, bodyBytes, logger),
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // By hops, counted from the socket: what came before the last trusted one can be made up.
    trustProxy: (_address, hop) => hop < config.trustedProxies,
    genReqId: () => randomUUID(),
  });
  http.decorateRequest(CALLER, null);
  answerHttpErrors(http, bodyBytes, logger);
  addSecurityHeaders(http);
  return http;
}

/** What a context is made of. */
export interface RequestFacts {
  readonly caller: Caller;
  /** Of the client, as the trusted proxies tell it. */
  readonly clientAddress: string;
  readonly requestId: string;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

export interface RouteOptions {
  readonly apollo: ApolloServer<Context>;
  /** Looks at a GraphQL request before its body is read. */
  readonly admit: Admit;
  readonly createContext: (request: RequestFacts) => Context;
  /** Whether browsers are given the query editor. */
  readonly queryEditor: boolean;
  /** False once the server is shutting down. */
  readonly isReady: () => boolean;
}

/** Adds `/graphql`, the pages for people and the health checks. */
export function addRoutes(http: FastifyInstance, options: RouteOptions): void {
  const { apollo, admit, createContext, queryEditor, isReady } = options;
  const handle = fastifyApolloHandler(apollo, {
    context: (request, reply) =>
      Promise.resolve(
        createContext({
          caller: request.getDecorator<Caller>(CALLER),
          clientAddress: request.ip,
          requestId: request.id,
          signal: signalOf(reply),
        }),
      ),
  });
  http.route({
    url: '/graphql',
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    onRequest: [admit, refuseCharsets],
    async handler(request, reply) {
      if (!wantsPage(request)) return handle.call(http, request, reply);
      if (!queryEditor) return reply.code(404).type('text/plain; charset=utf-8').send(NO_EDITOR);
      const { html, contentSecurityPolicy } = await queryEditorPage();
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', contentSecurityPolicy)
        .send(html);
    },
  });
  http.get('/', (_request, reply) => reply.redirect('/graphql'));
  http.get('/health/live', () => ({ status: 'ok' }));
  http.get('/health/ready', (_request, reply) =>
    isReady() ? { status: 'ok' } : reply.code(503).send({ status: 'draining' }),
  );
}

const NO_EDITOR =
  'The query editor is off on this server. Send queries by POST to this address, as application/json.\n';

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
    // An answer may be sent before all is done: a failed field can make the rest of it worthless.
    controller.abort(new Error(raw.writableFinished ? 'the answer is sent' : 'the client is gone'));
  });
  return controller.signal;
}
