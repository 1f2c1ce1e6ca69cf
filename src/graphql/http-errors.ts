import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from '../telemetry/logger.js';
import { describeError } from '../telemetry/redact.js';

/** Answers what never came to GraphQL in its form, without repeating anything of the request. */
export function answerHttpErrors(http: FastifyInstance, bodyBytes: number, logger: Logger): void {
  http.setErrorHandler((error: FastifyError, _request, reply) =>
    answerHttpError(error, reply, bodyBytes, logger),
  );
  http.setNotFoundHandler((_request, reply) =>
    send(reply, 404, 'There is nothing at this address: GraphQL is served at /graphql.'),
  );
}

/** The same for one error, as those that come before routing, of addresses that are none. */
export function answerHttpError(
  error: FastifyError,
  reply: FastifyReply,
  bodyBytes: number,
  logger: Logger,
): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status < 500) return send(reply, status, explain(status, bodyBytes));
  logger.error({ error: describeError(error) }, 'request failed');
  return send(reply, status, 'Internal server error', 'INTERNAL_SERVER_ERROR');
}

function explain(status: number, bodyBytes: number): string {
  if (status === 400) return 'The body is not valid JSON.';
  if (status === 413) return `The body is too large: ${bodyBytes} bytes at the most.`;
  if (status === 415) return 'The content type is not supported: send application/json.';
  return 'The request is not valid.';
}

function send(reply: FastifyReply, status: number, message: string, code = 'BAD_REQUEST') {
  return reply.code(status).send({ errors: [{ message, extensions: { code } }] });
}
