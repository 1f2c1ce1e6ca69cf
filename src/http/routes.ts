import { Readable } from 'node:stream';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyReply, FastifyRequest, preHandlerHookHandler } from 'fastify';
import type { Config } from '../config/config.js';
import type { Caller } from '../domain/caller.js';
import { createStopController, NobodyWaitsError, type StopSignal } from '../domain/stop-signal.js';
import type { Context } from '../graphql/context.js';
import { type AnswerMemory, SMALL } from '../graphql/limits/answer-memory.js';
import type { Logger } from '../telemetry/logger.js';
import type { RequestScope } from '../telemetry/request-scope.js';
import { acceptsPage, type Admit, CALLER } from './admission.js';
import { decodeBody, limitBodies, MAX_BODIES_BYTES, refuseCharsets } from './body.js';
import { type ConcurrencyLimit, takeTurns } from './concurrency-limit.js';
import {
  addSecurityHeaders,
  answerHttpErrors,
  createAnswerError,
  errorBody,
  setSecurityHeaders,
} from './errors.js';
import { requestIdOf, SCOPE } from './observe-requests.js';
import { queryEditorPage } from './query-editor.js';
import type { RefusalReport } from './refusal-report.js';
import { clientAddressOf } from './server/client-address.js';
import { createPortServer, type PortServer } from './server/create-server.js';

/** Creates the server of PORT without routes: limits, and masked errors in GraphQL format. */
export function createHttpServer(
  config: Pick<Config, 'http' | 'queryLimits' | 'trustedProxies'>,
  { refused }: Pick<RefusalReport, 'refused'>,
  logger: Logger,
): PortServer {
  const { bodyBytes } = config.queryLimits;
  const answerError = createAnswerError(bodyBytes, logger);
  const server = createPortServer({
    limits: config.http,
    toErrorBody: (_status, message) => errorBody('BAD_REQUEST', message),
    onRefused: refused,
    fastify: {
      bodyLimit: bodyBytes,
      // JSON.parse makes own members of these names, and nothing here copies members by assignment.
      onProtoPoisoning: 'ignore',
      onConstructorPoisoning: 'ignore',
      // Detected before routing, so no hooks run.
      frameworkErrors(error, { id }, reply) {
        setSecurityHeaders(reply);
        reply.header('x-request-id', id);
        answerError(error, reply);
      },
      // Counted in hops from the socket: anything before the last trusted one can be forged.
      trustProxy: (_address, hop) => hop < config.trustedProxies,
      genReqId: ({ headers }) => requestIdOf(headers),
    },
  });
  const { http } = server;
  http.decorateRequest(CALLER, null);
  answerHttpErrors(http, answerError);
  addSecurityHeaders(http);
  return server;
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
export function addRoutes(http: PortServer['http'], options: RouteOptions): void {
  const { apollo, limit, admit, createContext, queryEditor, trustedProxies } = options;
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
    preHandler: [limit.takePlace, takeTurns(), options.refuseEndedTokens],
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

/**
 * Passes requests to Apollo Server and its responses to Fastify, as in Apollo's integration guide.
 * The query string is taken only from the request target: client and proxy headers, including Host,
 * need not form a valid URL.
 */
function createGraphqlHandler(
  apollo: ApolloServer<Context>,
  createContext: (request: FastifyRequest, reply: FastifyReply) => Context,
): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  return async (request, reply) => {
    const context = createContext(request, reply);
    const { headers, body, status } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers: toHeaderMap(request),
        search: searchOf(request.url),
        body: request.body,
      },
      context: () => Promise.resolve(context),
    });
    for (const [name, value] of headers) reply.header(name, value);
    reply.code(status ?? 200);
    if (body.kind === 'complete') return toPayload(body.string, context.answer);
    return reply.send(Readable.from(body.asyncIterator));
  };
}

/** A large response waits outside the heap, where text that is not Latin takes half as much. */
function toPayload(text: string, answer: AnswerMemory): string | Buffer {
  if (text.length <= SMALL) return text;
  const bytes = Buffer.from(text);
  answer.correct(bytes.length);
  return bytes;
}

function toHeaderMap({ headers }: FastifyRequest): HeaderMap {
  const map = new HeaderMap();
  for (const name in headers) {
    const value = headers[name];
    if (value) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}

function searchOf(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? '' : target.slice(mark);
}
