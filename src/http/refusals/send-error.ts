import type { FastifyReply } from 'fastify';

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

/** The common error format. */
export function errorBody(code: string, message: string): object {
  return { errors: [{ message, extensions: { code } }] };
}

const GRAPHQL_RESPONSE = 'application/graphql-response+json';
