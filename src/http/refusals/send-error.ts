import type { FastifyReply } from 'fastify';

/**
 * Answers in the form of GraphQL where no operation ran. Clients read the errors of an answer that is
 * not 200 only in the media type of GraphQL over HTTP, so whoever accepts it gets it.
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

/** The form of all refusals. */
export function errorBody(code: string, message: string): object {
  return { errors: [{ message, extensions: { code } }] };
}

const GRAPHQL_RESPONSE = 'application/graphql-response+json';
