import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from '../../telemetry/logger.js';
import { describeError } from '../../telemetry/redact.js';
import { isDecodingError } from '../body/decode-body.js';
import { setSecurityHeaders } from '../security-headers.js';
import { sendError } from './send-error.js';

/**
 * Responds in GraphQL format to requests that did not reach GraphQL, repeating nothing from the
 * request.
 */
export function answerHttpErrors(http: FastifyInstance, bodyBytes: number, logger: Logger): void {
  http.setErrorHandler((error: FastifyError, _request, reply) =>
    answerHttpError(error, reply, bodyBytes, logger),
  );
  http.setNotFoundHandler(({ url }, reply) => {
    const allowed = methodsAt(http, pathOf(url));
    if (allowed.length === 0) return answerNothingHere(reply);
    const methods = allowed.join(', ');
    reply.header('allow', methods);
    return sendError(reply, 405, 'BAD_REQUEST', `Method not allowed; use ${methods}.`);
  });
}

/** Responds with 404, also for routes hidden from the caller. */
export function answerNothingHere(reply: FastifyReply): FastifyReply {
  return sendError(reply, 404, 'BAD_REQUEST', NOTHING_HERE);
}

/** Methods used by routes of this server. */
const METHODS = ['GET', 'HEAD', 'POST'] as const;
const NOTHING_HERE = 'Not found; GraphQL is served at /graphql.';

/** The router treats a path as a route pattern; no actual path is one. */
function methodsAt(http: FastifyInstance, path: string): readonly string[] {
  if (/[:*()]/.test(path)) return [];
  return METHODS.filter((method) => http.hasRoute({ method, url: path }));
}

const pathOf = (target: string): string => target.split('?', 1)[0] ?? target;

/** Handles an invalid URL, which is detected before routing, so no hooks run. */
export function answerBadAddress(
  error: FastifyError,
  reply: FastifyReply,
  bodyBytes: number,
  logger: Logger,
): void {
  setSecurityHeaders(reply);
  reply.header('x-request-id', reply.request.id);
  answerHttpError(error, reply, bodyBytes, logger);
}

function answerHttpError(
  error: FastifyError,
  reply: FastifyReply,
  bodyBytes: number,
  logger: Logger,
): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status < 500)
    return sendError(reply, status, 'BAD_REQUEST', explain(error, status, bodyBytes));
  const httpRequestId = reply.request.id;
  logger.error({ httpRequestId, error: describeError(error) }, 'request failed');
  return sendError(reply, status, 'INTERNAL_SERVER_ERROR', 'Internal server error');
}

function explain({ code }: FastifyError, status: number, bodyBytes: number): string {
  if (code === 'FST_ERR_BAD_URL') return 'The URL is not valid percent-encoded UTF-8.';
  if (isDecodingError(code)) return 'The body does not match its Content-Encoding.';
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH')
    return 'The body does not match its Content-Length.';
  if (status === 400) return 'The body is not valid JSON.';
  if (status === 413) return `The body is too large; the limit is ${bodyBytes} bytes.`;
  if (status === 415) return 'Unsupported content type; send application/json.';
  return 'Invalid request.';
}
