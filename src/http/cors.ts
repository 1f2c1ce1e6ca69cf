import type { FastifyInstance } from 'fastify';

const METHODS = 'GET, POST';
const EXPOSED_HEADERS = 'x-request-id, retry-after';
/** Seconds browsers cache a preflight response. */
const MAX_AGE = '3600';

/**
 * Allows pages of these origins to use GraphQL, including error responses (Fetch Standard, CORS
 * protocol). Without cookies; other origins get no CORS headers. Register before anything that
 * rejects requests.
 * @param origins exact origins, as sent by browsers
 */
export function allowOrigins(http: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  http.addHook('onRequest', (request, reply, done) => {
    if (!isGraphql(request.url)) {
      done();
      return;
    }
    // Pages of two origins can share a cache.
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
    // Whatever it asks for: tracing tools add headers of their own, and none grants anything here.
    reply.headers({
      vary: 'Origin, Access-Control-Request-Headers',
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '',
      'access-control-max-age': MAX_AGE,
    });
    reply.code(204).send();
  });
}

/** By URL, not route: methods without a route are also rejected here. */
function isGraphql(target: string): boolean {
  return target === '/graphql' || target.startsWith('/graphql?');
}
