import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from '../telemetry/logger.js';
import { describeError } from '../telemetry/redact.js';
import { DATA_HEADERS } from './server/client-errors.js';
import { MalformedRequestError } from './server/malformed-requests.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For responses without data; all others are not cached. */
    cacheControl?: string;
  }
}

/** The common error format. */
export function errorBody(code: string, message: string): object {
  return { errors: [{ message, extensions: { code } }] };
}

/**
 * Responds in GraphQL format when no operation ran. Clients parse errors of a non-200 response only
 * in the media type of GraphQL over HTTP, so clients that accept it get it.
 */
export function sendError(
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
): FastifyReply {
  const accept = reply.request.headers.accept ?? '';
  const type = accept.includes(GRAPHQL_RESPONSE) ? GRAPHQL_RESPONSE : 'application/json';
  return reply.code(status).type(`${type}; charset=utf-8`).send(errorBody(code, message));
}

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

/** Responds with 404, also for routes hidden from the caller. */
export function answerNothingHere(reply: FastifyReply): FastifyReply {
  return sendError(reply, 404, 'BAD_REQUEST', 'Not found; GraphQL is served at /graphql.');
}

/** Answers a failed request, repeating nothing from it. */
export type AnswerError = (error: FastifyError, reply: FastifyReply) => FastifyReply;

export function createAnswerError(bodyBytes: number, logger: Logger): AnswerError {
  return (error, reply) => {
    const { statusCode: status = 500 } = error;
    if (status < 500) {
      return sendError(reply, status, 'BAD_REQUEST', explain(error, status, bodyBytes));
    }
    const httpRequestId = reply.request.id;
    logger.error({ httpRequestId, error: describeError(error) }, 'request failed');
    return sendError(reply, status, 'INTERNAL_SERVER_ERROR', 'Internal server error');
  };
}

function explain(error: FastifyError, status: number, bodyBytes: number): string {
  if (error instanceof MalformedRequestError) return error.message;
  if (error.code === 'FST_ERR_BAD_URL') return 'The URL is not valid percent-encoded UTF-8.';
  // Of the decoders of zlib.
  if (/^Z_(DATA|BUF)_ERROR$/.test(error.code))
    return 'The body does not match its Content-Encoding.';
  if (error.code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH')
    return 'The body does not match its Content-Length.';
  if (status === 400) return 'The body is not valid JSON.';
  if (status === 413) return `The body is too large; the limit is ${bodyBytes} bytes.`;
  if (status === 415) return 'Unsupported content type; send application/json.';
  return 'Invalid request.';
}

/** Methods used by routes of this server. */
const METHODS = ['GET', 'HEAD', 'POST'] as const;

/** Responds to requests that reach no route, or fail there. */
export function answerHttpErrors(http: FastifyInstance, answerError: AnswerError): void {
  http.setErrorHandler((error: FastifyError, _request, reply) => answerError(error, reply));
  http.setNotFoundHandler(({ url }, reply) => {
    const path = url.split('?', 1)[0] ?? url;
    // The router treats a path as a route pattern; no actual path is one.
    const isPattern = /[:*()]/.test(path);
    const allowed = METHODS.filter((method) => !isPattern && http.hasRoute({ method, url: path }));
    if (allowed.length === 0) return answerNothingHere(reply);
    const methods = allowed.join(', ');
    reply.header('allow', methods);
    return sendError(reply, 405, 'BAD_REQUEST', `Method not allowed; use ${methods}.`);
  });
}

/** Sets the headers of data on every response; a route can allow caching and set its own policy. */
export function addSecurityHeaders(http: FastifyInstance): void {
  http.addHook('onSend', (request, reply, _payload, done) => {
    // Errors at cacheable URLs must not be cached.
    const isRefusal = reply.statusCode >= 400;
    setSecurityHeaders(reply, isRefusal ? undefined : request.routeOptions.config.cacheControl);
    done();
  });
}

/** The same for a single response without hooks. */
export function setSecurityHeaders(
  reply: FastifyReply,
  cacheControl: string = DATA_HEADERS['cache-control'],
): void {
  reply.header('cache-control', cacheControl);
  for (const [name, value] of HEADERS) if (!reply.hasHeader(name)) reply.header(name, value);
}

const HEADERS = Object.entries(DATA_HEADERS);
