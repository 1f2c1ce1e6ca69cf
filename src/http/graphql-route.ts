import { Readable } from 'node:stream';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../graphql/context.js';
import { type AnswerMemory, SMALL } from '../graphql/limits/answers-under-way.js';

/**
 * Passes requests to Apollo Server and its responses to Fastify, as in Apollo's integration guide.
 * The query string is taken only from the request target: client and proxy headers, including Host,
 * need not form a valid URL.
 */
export function createGraphqlHandler(
  apollo: ApolloServer<Context>,
  createContext: (request: FastifyRequest, reply: FastifyReply) => Context,
): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  apollo.assertStarted('createGraphqlHandler()');
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
