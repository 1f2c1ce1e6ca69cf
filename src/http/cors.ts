import type { FastifyInstance } from 'fastify';

const METHODS = 'GET, POST';
/** What clients of GraphQL send beside the headers that need no leave. */
const REQUEST_HEADERS = [
  'content-type',
  'authorization',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'apollographql-client-name',
  'apollographql-client-version',
  'x-request-id',
  'traceparent',
  'tracestate',
  'baggage',
].join(', ');
const EXPOSED_HEADERS = 'x-request-id, retry-after';
/** Seconds a browser keeps the answer to a preflight. */
const MAX_AGE = '3600';

/**
 * Lets pages of these origins use GraphQL, refusals included (Fetch Standard, CORS protocol). Cookies
 * are not in it, and to pages of all other origins nothing is said. Add it before whatever refuses.
 * @param origins exact, as browsers write them
 */
export function allowOrigins(http: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  http.addHook('onRequest', (request, reply, done) => {
    if (!isGraphql(request.url)) {
      done();
      return;
    }
    // Two pages may ask for the same over a cache in between.
    reply.header('vary', 'Origin');
    const { origin, 'access-control-request-method': wantedMethod } = request.headers;
    if (origin === undefined || !allowed.has(origin)) {
      done();
      return;
    }
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED_HEADERS,
    });
    if (request.method !== 'OPTIONS' || wantedMethod === undefined) {
      done();
      return;
    }
    reply.headers({
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': MAX_AGE,
    });
    reply.code(204).send();
  });
}

/** By the address, not the route: methods that have none are refused here too. */
function isGraphql(target: string): boolean {
  return target === '/graphql' || target.startsWith('/graphql?');
}
