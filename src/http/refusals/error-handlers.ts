import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from '../../telemetry/logger.js';
import { describeError } from '../../telemetry/redact.js';
import { isDecodingError } from '../body/decode-body.js';
import { setSecurityHeaders } from '../security-headers.js';
import { sendError } from './send-error.js';

/** Answers what never came to GraphQL in its form, without repeating anything of the request. */
export function answerHttpErrors(http: FastifyInstance, bodyBytes: number, logger: Logger): void {
  http.setErrorHandler((error: FastifyError, _request, reply) =>
    answerHttpError(error, reply, bodyBytes, logger),
  );
  http.setNotFoundHandler(({ url }, reply) => {
    const allowed = methodsAt(http, pathOf(url));
    if (allowed.length === 0) return answerNothingHere(reply);
    const methods = allowed.join(', ');
    reply.header('allow', methods);
    return sendError(reply, 405, 'BAD_REQUEST', `The method is not allowed here: use ${methods}.`);
  });
}

/** 404, also for what is there for others alone. */
export function answerNothingHere(reply: FastifyReply): FastifyReply {
  return sendError(reply, 404, 'BAD_REQUEST', NOTHING_HERE);
}

/** What routes of this server may have. */
const METHODS = ['GET', 'HEAD', 'POST'] as const;
const NOTHING_HERE = 'There is nothing at this address: GraphQL is served at /graphql.';

/** The router looks a path up as the pattern of a route, and no route here is one. */
function methodsAt(http: FastifyInstance, path: string): readonly string[] {
  if (/[:*()]/.test(path)) return [];
  return METHODS.filter((method) => http.hasRoute({ method, url: path }));
}

const pathOf = (target: string): string => target.split('?', 1)[0] ?? target;

/** An address that is no address: it is found out before routing, and no hook runs for it. */
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
  if (code === 'FST_ERR_BAD_URL') return 'The address is not percent-encoded UTF-8.';
  if (isDecodingError(code)) return 'The body is not what its content encoding says.';
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH')
    return 'The body is not as long as its content length says.';
  if (status === 400) return 'The body is not valid JSON.';
  if (status === 413) return `The body is too large: ${bodyBytes} bytes at the most.`;
  if (status === 415) return 'The content type is not supported: send application/json.';
  return 'The request is not valid.';
}
