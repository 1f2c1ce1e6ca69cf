import type { ApolloServer } from '@apollo/server';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type preHandlerHookHandler,
} from 'fastify';
import type { Config } from '../config/config.js';
import type { Caller } from '../domain/caller.js';
import { createStopController, NobodyWaitsError, type StopSignal } from '../domain/stop-signal.js';
import { toOriginForm } from './connections/absolute-form.js';
import { clientAddressOf } from './connections/client-address.js';
import type { TaskScheduler } from './connections/task-scheduler.js';
import type { Logger } from '../telemetry/logger.js';
import type { RequestScope } from '../telemetry/request-scope.js';
import { acceptsPage } from './pages/accepts-page.js';
import { type Admit, CALLER } from './admission.js';
import { createGraphqlHandler } from './graphql-route.js';
import {
  type ConcurrencyLimit,
  limitBodies,
  MAX_BODIES_BYTES,
  scheduleOperations,
} from './concurrency-limit.js';
import type { Context } from '../graphql/context.js';
import { decodeBody, refuseCharsets } from './body/decode-body.js';
import { answerBadAddress, answerHttpErrors } from './refusals/error-handlers.js';
import { SCOPE, requestIdOf } from './observe-requests.js';
import type { NodeServers } from './node-servers.js';
import { queryEditorPage } from './pages/query-editor.js';
import { addSecurityHeaders } from './security-headers.js';

/** Creates the HTTP server without routes: limits, and masked errors in GraphQL format. */
export function createHttpServer(
  config: Pick<Config, 'http' | 'queryLimits' | 'trustedProxies'>,
  servers: NodeServers,
  logger: Logger,
): FastifyInstance {
  const { bodyBytes } = config.queryLimits;
  const http = Fastify({
    serverFactory: servers.create,
    // The servers handle these themselves.
    clientErrorHandler: () => undefined,
    bodyLimit: bodyBytes,
    rewriteUrl: toOriginForm,
    // JSON.parse makes own members of these names, and nothing here copies members by assignment.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    frameworkErrors: (error, _request, reply) => answerBadAddress(error, reply, bodyBytes, logger),
    forceCloseConnections: 'idle',
    // Counted in hops from the socket: anything before the last trusted one can be forged.
    trustProxy: (_address, hop) => hop < config.trustedProxies,
    genReqId: ({ headers }) => requestIdOf(headers),
    schemaController: WITHOUT_SCHEMAS,
  });
  http.decorateRequest(CALLER, null);
  answerHttpErrors(http, bodyBytes, logger);
  addSecurityHeaders(http);
  return http;
}

/** No route has a schema; this keeps Fastify from loading its schema compilers at the start. */
const WITHOUT_SCHEMAS = {
  compilersFactory: { buildValidator: refuseSchemas, buildSerializer: refuseSchemas },
};

function refuseSchemas(): never {
  throw new Error('routes have no schemas');
}

/** The inputs of a context. */
export interface RequestFacts {
  readonly caller: Caller;
  /** The client address reported by trusted proxies. */
  readonly clientAddress: string;
  readonly scope: RequestScope;
  /** Aborts when the client disconnects. */
  readonly signal: StopSignal;
}

export interface RouteOptions {
  readonly apollo: ApolloServer<Context>;
  /** Schedules the start of operations. */
  readonly scheduler: TaskScheduler;
  readonly limit: ConcurrencyLimit;
  /** Called when a body is cut off because of its bytes. */
  readonly onBodyRefused: () => void;
  /** Checks a GraphQL request before its body is read. */
  readonly admit: Admit;
  /** Checks its token again once its body is there. */
  readonly refuseEndedTokens: preHandlerHookHandler;
  readonly createContext: (request: RequestFacts) => Context;
  /** The number of trusted proxies in front of the server. */
  readonly trustedProxies: number;
  /** Whether browsers get the query editor. */
  readonly queryEditor: boolean;
  /** False once the server is shutting down. */
  readonly isReady: () => boolean;
  /** False while links cannot be issued because audit records cannot be written. */
  readonly isAuditWritable: () => boolean;
}

/** Adds `/graphql` with its query editor, and the health checks. */
export function addRoutes(http: FastifyInstance, options: RouteOptions): void {
  const { apollo, scheduler, limit, admit, createContext, queryEditor, trustedProxies } = options;
  const { isReady, isAuditWritable } = options;
  const handle = createGraphqlHandler(apollo, (request, reply) =>
    createContext({
      caller: request.getDecorator<Caller>(CALLER),
      clientAddress: clientAddressOf(addressFacts(request), trustedProxies),
      scope: request.getDecorator<RequestScope>(SCOPE),
      signal: signalOf(reply),
    }),
  );
  http.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    exposeHeadRoute: false,
    onRequest: [limit.refuseWhenFull, admit, refuseCharsets],
    preParsing: [decodeBody, limitBodies(MAX_BODIES_BYTES, options.onBodyRefused)],
    preHandler: [limit.takePlace, scheduleOperations(scheduler), options.refuseEndedTokens],
    async handler(request, reply) {
      if (!wantsPage(request)) return handle(request, reply);
      if (!queryEditor) return reply.code(404).type('text/plain; charset=utf-8').send(NO_EDITOR);
      const { html, contentSecurityPolicy } = await queryEditorPage();
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', contentSecurityPolicy)
        .send(html);
    },
  });
  http.get('/health/live', () => ({ status: 'ok' }));
  http.get('/health/ready', (_request, reply) => {
    if (!isReady()) return reply.code(503).send({ status: 'draining' });
    if (!isAuditWritable()) return reply.code(503).send({ status: 'audit log not writable' });
    return { status: 'ok' };
  });
}

function addressFacts({ socket, headers }: FastifyRequest) {
  return { remoteAddress: socket.remoteAddress, forwardedFor: headers['x-forwarded-for'] };
}

const NO_EDITOR =
  'The query editor is disabled on this server. Send queries to this URL by POST, as application/json.\n';

/** Whether a browser opens the URL, rather than a client sending a query. */
function wantsPage(request: FastifyRequest): boolean {
  return (
    request.method === 'GET' && acceptsPage(request) && !('query' in (request.query as object))
  );
}

function signalOf({ raw }: FastifyReply): StopSignal {
  const controller = createStopController();
  const abort = (): void => {
    // A response can be sent before all work is done: a failed field can make the rest irrelevant.
    controller.abort(raw.writableFinished ? ANSWER_SENT : CLIENT_GONE);
  };
  // The client can have disconnected during token verification.
  if (raw.closed) abort();
  else raw.once('close', abort);
  return controller.signal;
}

/** Created once: creating an error takes longer than all other work at the end of a request. */
const ANSWER_SENT = new NobodyWaitsError('the response has been sent');
const CLIENT_GONE = new NobodyWaitsError('the client disconnected');
