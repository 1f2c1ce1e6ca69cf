import type { ApolloServer } from '@apollo/server';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestHookHandler,
} from 'fastify';
import type { Config } from '../config/config.js';
import type { Caller } from '../domain/caller.js';
import { createStopController, NobodyWaitsError, type StopSignal } from '../domain/stop-signal.js';
import { clientAddressOf } from './connections/client-address.js';
import { createStallWatch } from './connections/stall-watch.js';
import type { TaskScheduler } from './connections/task-scheduler.js';
import { byRate } from '../telemetry/by-rate.js';
import type { Logger } from '../telemetry/logger.js';
import type { RequestScope } from '../telemetry/request-scope.js';
import { acceptsPage } from './pages/accepts-page.js';
import { type Admit, CALLER } from './admission.js';
import { createGraphqlHandler } from './graphql-route.js';
import { scheduleOperations } from './concurrency-limit.js';
import type { Context } from '../graphql/context.js';
import { decodeBody, refuseCharsets } from './body/decode-body.js';
import { answerBadAddress, answerHttpErrors } from './refusals/error-handlers.js';
import { SCOPE, requestIdOf } from './observe-requests.js';
import type { NodeServers } from './node-servers.js';
import { queryEditorPage } from './pages/query-editor.js';
import { addSecurityHeaders } from './security-headers.js';

/** The HTTP server without routes: limits, and errors in the GraphQL form without details. */
export function createHttpServer(
  config: Pick<Config, 'http' | 'queryLimits' | 'trustedProxies'>,
  servers: NodeServers,
  logger: Logger,
): FastifyInstance {
  const { bodyBytes } = config.queryLimits;
  const { stallMs } = config.http;
  const http = Fastify({
    serverFactory: servers.create,
    // The servers answer these themselves.
    clientErrorHandler: () => undefined,
    bodyLimit: bodyBytes,
    frameworkErrors: (error, _request, reply) => answerBadAddress(error, reply, bodyBytes, logger),
    forceCloseConnections: 'idle',
    // By hops, counted from the socket: what came before the last trusted one can be made up.
    trustProxy: (_address, hop) => hop < config.trustedProxies,
    genReqId: ({ headers }) => requestIdOf(headers),
  });
  http.decorateRequest(CALLER, null);
  answerHttpErrors(http, bodyBytes, logger);
  addSecurityHeaders(http);
  cutOffStalled(http, stallMs, logger);
  return http;
}

/** Cuts off clients that do not take their answers. */
function cutOffStalled(http: FastifyInstance, stallMs: number, logger: Logger): void {
  const cuts = byRate((count) => {
    logger.info({ count }, 'cut off clients that took nothing of their answers');
  });
  const stalls = createStallWatch({ stallMs, onCut: cuts.happened });
  // Not as they connect: it may be to a second server, where HOST has two addresses.
  http.addHook('onRequest', (request, _reply, done) => {
    stalls.add(request.raw.socket);
    done();
  });
  http.addHook('onClose', (_instance, done) => {
    cuts.flush();
    done();
  });
}

/** What a context is made of. */
export interface RequestFacts {
  readonly caller: Caller;
  /** Of the client, as the trusted proxies tell it. */
  readonly clientAddress: string;
  readonly scope: RequestScope;
  /** Aborts when the client is gone. */
  readonly signal: StopSignal;
}

export interface RouteOptions {
  readonly apollo: ApolloServer<Context>;
  /** In which operations begin. */
  readonly scheduler: TaskScheduler;
  /** Refuses a GraphQL request more than may be under way. */
  readonly bound: onRequestHookHandler;
  /** Looks at a GraphQL request before its body is read. */
  readonly admit: Admit;
  readonly createContext: (request: RequestFacts) => Context;
  /** Proxies in front of the server that tell the truth about the address of their client. */
  readonly trustedProxies: number;
  /** Whether browsers are given the query editor. */
  readonly queryEditor: boolean;
  /** False once the server is shutting down. */
  readonly isReady: () => boolean;
  /** False while no link can go out, since its record cannot be written. */
  readonly isAuditWritable: () => boolean;
}

/** Adds `/graphql` with its query editor, and the health checks. */
export function addRoutes(http: FastifyInstance, options: RouteOptions): void {
  const { apollo, scheduler, bound, admit, createContext, queryEditor, trustedProxies } = options;
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
    onRequest: [bound, admit, refuseCharsets],
    preParsing: decodeBody,
    preHandler: scheduleOperations(scheduler),
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
  'The query editor is off on this server. Send queries by POST to this address, as application/json.\n';

/** A browser that opens the address, as opposed to a client that sends a query. */
function wantsPage(request: FastifyRequest): boolean {
  return (
    request.method === 'GET' && acceptsPage(request) && !('query' in (request.query as object))
  );
}

function signalOf({ raw }: FastifyReply): StopSignal {
  const controller = createStopController();
  const abort = (): void => {
    // An answer may be sent before all is done: a failed field can make the rest of it worthless.
    controller.abort(raw.writableFinished ? ANSWER_SENT : CLIENT_GONE);
  };
  // It may have gone while its token was checked.
  if (raw.closed) abort();
  else raw.once('close', abort);
  return controller.signal;
}

/** Made once: an error takes longer to make than all else at the end of a request. */
const ANSWER_SENT = new NobodyWaitsError('the answer is sent');
const CLIENT_GONE = new NobodyWaitsError('the client is gone');
